import type { SealedPeriod } from '../core/cells.ts'
import {
  BEGINNING,
  type LogBatch,
  type LogReader,
  type OutgoingBatch,
  type Position,
  type ReaderOptions,
  type Topic,
} from '../core/event-log.ts'
import { parseLines, toLines } from './json-lines.ts'
import { type PatientPorts, patiently, readToEnd } from './patiently.ts'

/** Where the folds of one policy tell each other of periods: aside until it is in force, then in the realm's own name. */
export interface PeriodStreams {
  readonly realm: string
  /** The name aside; that of the realm itself for its first policy. */
  readonly aside: string
  /** The tick at which the policy takes over; Infinity in shadow, minus infinity for a realm's first policy. */
  readonly from: number
  readonly periodMs: number
}

/** A period is in the realm's own stream where it comes into force under this policy, or later. */
export function streamOf({ realm, aside, from, periodMs }: PeriodStreams, periodEnd: number): string {
  return periodEnd > from - periodMs ? realm : aside
}

export function namesOf({ realm, aside, from }: PeriodStreams): readonly string[] {
  return Number.isFinite(from) ? [...new Set([aside, realm])] : [aside]
}

/** What both stages of a policy's folds have in common to read and write a topic of periods. */
export interface PeriodReader {
  /** What was read since, each with the stream that it stood in. */
  poll(waitMs: number): Promise<readonly LogBatch[]>
  /** Up to where the streams end now. */
  readToEnd(take: (batch: LogBatch) => void): Promise<void>
  /** How far each stream was read, by its name. */
  read(): ReadonlyMap<string, Position>
  close(): Promise<void>
}

export async function openPeriodReader(
  ports: PatientPorts,
  streams: PeriodStreams,
  topic: Extract<Topic, 'aggregates' | 'sealed'>,
  after: ReadonlyMap<string, Position>,
  signal: AbortSignal,
  /** Streams that must still have their beginning where nothing of them was read before. */
  wholly: ReadonlySet<string> = new Set(),
): Promise<PeriodReader> {
  const readers: { readonly name: string; readonly reader: LogReader }[] = []
  const read = new Map(namesOf(streams).map((name) => [name, after.get(name) ?? '']))
  for (const realm of namesOf(streams)) {
    const position = after.get(realm) ?? (wholly.has(realm) ? BEGINNING : undefined)
    const wanted: ReaderOptions = {
      topic,
      realm,
      shards: [0],
      after: new Map(position === undefined ? [] : [[0, position]]),
      maxBytes: 8_000_000,
    }
    readers.push({ name: realm, reader: await patiently(ports, () => ports.log.reader(wanted)) })
  }
  return {
    async poll(waitMs) {
      const batches: LogBatch[] = []
      for (const [index, { reader }] of readers.entries()) {
        batches.push(...(await patiently(ports, () => reader.poll(index === readers.length - 1 ? waitMs : 0))))
      }
      for (const { realm, position } of batches) read.set(realm, position)
      return batches
    },
    async readToEnd(take) {
      for (const { name, reader } of readers) {
        await readToEnd(ports, reader, { topic, realm: name, from: after.get(name) ?? '' }, signal, (batch) => {
          read.set(name, batch.position)
          take(batch)
        })
      }
    },
    read: () => read,
    async close() {
      for (const { reader } of readers) await reader.close()
    },
  }
}

/** What of a batch is this policy's: the realm's own stream has another's periods before it takes over. */
export function ownPeriods<Period extends { readonly end: number }>(
  streams: PeriodStreams,
  { realm, bytes }: Pick<LogBatch, 'realm' | 'bytes'>,
): Period[] {
  return parseLines<Period>(bytes).filter(({ end }) => streamOf(streams, end) === realm)
}

export function sealedBatches(streams: PeriodStreams, periods: readonly SealedPeriod[]): OutgoingBatch[] {
  const names = [...new Set(periods.map(({ end }) => streamOf(streams, end)))]
  return names.map((realm) => {
    const own = periods.filter(({ end }) => streamOf(streams, end) === realm)
    return { topic: 'sealed', realm, shard: 0, count: own.length, bytes: toLines(own), progress: [], bulk: false }
  })
}
