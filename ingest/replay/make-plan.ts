import { type Counts, createTally, type Tally } from '../counts.ts'
import type { Row } from '../decode/row.ts'
import { createOccurrences, recordOf, rejectionOf, toReject } from '../ingest-batch.ts'
import type { KeptRow, Mapped } from '../mapping/compile-feed.ts'
import { createOutgoing, type Outgoing } from '../outgoing.ts'
import type { Held, Notes, RecordIndex } from '../record-index.ts'
import { rejectId } from '../reject-row.ts'
import type { Sealer } from '../sealed-bytes.ts'
import { tornNotes } from '../torn-files.ts'
import { createHashTable, highOf, lowOf } from './hash-table.ts'
import type { Job, JobFile } from './job.ts'
import { createPlanBuilder, type Plan, type PlanBuilder } from './plan.ts'

export interface PlanMaking {
  readonly realm: string
  readonly job: Job
  readonly index: RecordIndex
  readonly sealer: Sealer
  /** UTC milliseconds. */
  readonly received: number
  readonly signal: AbortSignal
  readonly onRows: (rows: number) => void
}

/**
 * The first pass: reads every row once in the order of files and lines, decides what becomes of it, and writes down what
 * is to be read again. Only rejects are appended here: they have no place in time.
 */
export async function makePlan(making: PlanMaking): Promise<Plan> {
  const { job, received } = making
  const builder = createPlanBuilder()
  const seen = new Map(job.feeds.map((feed) => [feed, createSeen()]))
  const tallies = new Map(job.feeds.map((feed) => [feed, { tally: createTally(), lines: 0 }]))
  const files: { headerBytes: number }[] = []

  for (const [number, file] of job.files.entries()) {
    const name = file.feed.policy.feed
    const counted = tallies.get(name)
    const seenOfFeed = seen.get(name)
    if (counted === undefined || seenOfFeed === undefined) throw new Error(`${name} is no feed of the job`)
    const planner = createFilePlanner(making, file, number, { builder, seen: seenOfFeed, tally: counted.tally })
    let headerBytes: number | undefined
    for await (const rows of file.rows()) {
      making.signal.throwIfAborted()
      headerBytes ??= rows[0]?.offset
      await planner(rows)
      counted.lines += rows.length
      making.onRows(rows.length)
    }
    files.push({ headerBytes: headerBytes ?? 0 })
  }

  const counts: Record<string, Counts> = {}
  for (const [feed, { tally, lines }] of tallies) counts[feed] = tally.total(lines)
  return builder.finish({ received, files, counts })
}

interface Sinks {
  readonly builder: PlanBuilder
  readonly seen: Seen
  readonly tally: Tally
}

function createFilePlanner(making: PlanMaking, file: JobFile, number: number, sinks: Sinks) {
  const { realm, index, sealer, received } = making
  const { feed, source, options: reading } = file
  const { builder, seen, tally } = sinks
  const count = createOccurrences()
  let occurrence = 0
  const context = {
    source: source.name,
    received,
    occurrence: (content: string) => {
      occurrence = count(content)
      return occurrence
    },
  }

  function planRow(row: Row, mapped: Mapped, keptOccurrence: number, looked: Held, outgoing: Outgoing): void {
    const kept = recordOf(mapped)
    const first = kept === undefined ? -1 : seen.rowOf(kept)
    const known = looked !== undefined || first >= 0
    const rejection = rejectionOf(mapped, known)
    if (rejection !== undefined || kept === undefined) {
      if (rejection === undefined) throw new Error('a row that is neither a record nor a reject')
      outgoing.reject(toReject({ realm, feed, source: source.name, received, reading }, row, rejection, sealer))
      tally.line('rejects')
    } else if (looked === 'same' || seen.has(kept)) {
      tally.line('duplicates')
    } else {
      tally.line(known ? 'versions' : 'observations')
      const place = { file: number, offset: row.offset, length: row.raw.length, line: row.line }
      const added = builder.row({ ...place, occurrence: keptOccurrence, contested: known }, knownsOf(kept))
      if (first >= 0) builder.contest(first)
      else seen.record(kept, added)
      seen.content(kept)
    }
  }

  /** A file that could not be unpacked is remembered with its reject, as one that was dropped is. */
  async function notesOfTorn(): Promise<Notes> {
    const { torn, within } = file
    if (torn === undefined) return {}
    const { feed: name } = feed.policy
    const reject = rejectId({ feed: name, source: source.name, line: torn.line, raw: torn.raw })
    return tornNotes(await index.notes(realm), { feed: name, name: within, reject, at: received })
  }

  return async function planRows(rows: readonly Row[]): Promise<void> {
    const occurrences: number[] = []
    const mapped = rows.map((row): Mapped => {
      occurrence = 0
      const result =
        row.fields === undefined ? { rejected: { reason: row.error, hint: row.hint } } : feed.mapRow(row, context)
      occurrences.push(occurrence)
      return result
    })
    const keys = mapped.map(recordOf).filter((kept) => kept !== undefined)
    const held = await index.lookUp(realm, feed.policy.feed, keys)
    const outgoing = createOutgoing(realm)
    let at = 0
    rows.forEach((row, i) => {
      const each = mapped[i]
      if (each === undefined) throw new Error('a row that was not mapped')
      const looked = recordOf(each) === undefined ? undefined : held[at++]
      planRow(row, each, occurrences[i] ?? 0, looked, outgoing)
    })
    const batches = outgoing.batches([])
    if (batches.length > 0) await index.commit({ realm, batches, marks: [], notes: await notesOfTorn() })
  }
}

/** The times at which parts of a row became known; a row that only takes parts back does so at the last of them. */
function knownsOf({ observations }: KeptRow): Iterable<number> {
  const alive = observations.filter(({ gone }) => gone === 0)
  if (alive.length === 0) return [Math.max(...observations.map(({ known }) => known))]
  return new Set(alive.map(({ known }) => known))
}

/** What the rows so far have brought: by record the first row, and every pair of record and content. */
interface Seen {
  rowOf(kept: KeptRow): number
  has(kept: KeptRow): boolean
  record(kept: KeptRow, row: number): void
  content(kept: KeptRow): void
}

function createSeen(): Seen {
  const records = createHashTable()
  const pairs = createHashTable()
  // Both are hashes: their bits mixed name the pair as well as 128 would, and in half the room.
  const pairHigh = ({ record, content }: KeptRow) => highOf(record) ^ lowOf(content)
  const pairLow = ({ record, content }: KeptRow) => lowOf(record) + highOf(content)
  return {
    rowOf: ({ record }) => records.get(highOf(record), lowOf(record)),
    has: (kept) => pairs.get(pairHigh(kept), pairLow(kept)) >= 0,
    record: ({ record }, row) => records.set(highOf(record), lowOf(record), row),
    content: (kept) => pairs.set(pairHigh(kept), pairLow(kept), 0),
  }
}
