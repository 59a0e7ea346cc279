import type { PartialPeriod, PolicyHandover, SealedPeriod } from '../core/cells.ts'
import type { LogBatch, Position } from '../core/event-log.ts'
import { SHARDS } from '../core/shard.ts'
import type { Snapshots } from '../core/snapshots.ts'
import { type CellState, emptyCellState, observePartial, sealPeriods } from './cell-fold.ts'
import type { PatientPorts } from './patiently.ts'
import { openPeriodReader, ownPeriods, type PeriodStreams, sealedBatches } from './period-streams.ts'
import type { RealmProcessor } from './realm-processor.ts'

/** The cells' fold, beside the shard that carries it: partials in, sealed periods out. */
export interface SecondStage {
  /** Takes partials that are on their way to the log; what it had before changes nothing. */
  take(partials: readonly PartialPeriod[]): readonly SealedPeriod[]
  /** Reads what other processes said; what it seals of it is in the log when it resolves. Answers whether anything moved. */
  step(): Promise<boolean>
  /** How far the streams of partials were read, by their names. */
  read(): ReadonlyMap<string, Position>
  save(): Promise<void>
  close(): Promise<void>
}

export interface SecondStageOptions {
  readonly streams: PeriodStreams
  readonly signal: AbortSignal
  /** No shard has kept anything: all that was ever said will be said again, whatever of it is still there. */
  readonly isNew: boolean
  /** End of the last period under this policy, where it is known already; Infinity otherwise. */
  readonly last: number
  /** Asked of each period as it is sealed for the first time: what takes over when it comes into force. */
  readonly handover: (period: SealedPeriod) => PolicyHandover | undefined
}

const PERIODS_AT_ONCE = 8

export async function startSecondStage(
  { streams, signal, isNew, last, handover }: SecondStageOptions,
  ports: PatientPorts & { readonly snapshots: Snapshots },
): Promise<SecondStage> {
  const { realm, aside, periodMs } = streams
  const snapshot = (await ports.snapshots.load(aside, 'cells')).get(0)
  const state: CellState =
    snapshot === undefined ? emptyCellState() : JSON.parse(Buffer.from(snapshot.state).toString('utf8'))
  if (state.reported.length !== SHARDS) throw new RangeError('the snapshot of the cells has another number of shards')
  const positions = new Map<string, Position>()
  for (const [name, position] of Object.entries(snapshot?.positions ?? {})) {
    positions.set(name === 'aggregates' ? realm : aside, position)
  }
  // Behind a snapshot all is there; without one only where all is said again. Of the realm's own stream, which another
  // policy's folds may have cut, only what is said under this one counts, and that they leave alone.
  const wholly = new Set(isNew || snapshot !== undefined ? [] : [aside])
  const reader = await openPeriodReader(ports, streams, 'aggregates', positions, signal, wholly)

  let end = last
  /** The next policy's folds speak already, in a process that is further: what they say is kept for its second stage. */
  let isOver = false

  function takeIn(batch: LogBatch): void {
    const partials = ownPeriods<PartialPeriod>(streams, batch)
    isOver ||= partials.some((partial) => partial.end > end)
    if (isOver) return
    for (const partial of partials) observePartial(state, partial)
    state.read = (state.read ?? 0) + 1
    positions.set(batch.realm, batch.position)
  }

  function seal(): SealedPeriod[] {
    return sealPeriods(state, periodMs).map((period) => {
      const activates = handover(period)
      if (activates !== undefined) end = period.end
      return activates === undefined ? period : { ...period, activates }
    })
  }

  /** Answers how far it is kept. */
  async function keep(): Promise<ReadonlyMap<string, Position>> {
    const through = new Map(positions)
    const named = [...through].map(([name, at]) => [name === realm ? 'aggregates' : `aggregates ${name}`, at])
    const reach = state.read ?? 0
    const saved = { positions: Object.fromEntries(named), state: Buffer.from(JSON.stringify(state)), reach }
    await ports.retry(() => ports.snapshots.save(aside, 'cells', new Map([[0, saved]])))
    return through
  }

  async function save(): Promise<void> {
    for (const [name, position] of await keep())
      await ports.retry(() => ports.log.trim('aggregates', name, 0, position))
  }

  // What was said before comes first: a shard's newer word would hide it.
  await reader.readToEnd(takeIn)
  // Before any shard keeps that it has said something. Nothing is trimmed for it: where the snapshots of all were lost, what
  // other processes have said is said once.
  if (isNew) await keep()

  return {
    take(partials) {
      for (const partial of partials) observePartial(state, partial)
      return seal()
    },
    async step() {
      const batches = await reader.poll(0)
      for (const batch of batches) takeIn(batch)
      const periods = seal()
      if (periods.length === 0) return batches.length > 0
      await ports.retry(async () => void (await ports.log.append(sealedBatches(streams, periods))))
      return true
    },
    read: reader.read,
    save,
    close: () => reader.close(),
  }
}

/**
 * Where one process carries all shards the second stage need not wait for the log to come back: it gets what the shards
 * say at once, some periods in a row. All of it is appended in one transaction; what a crash takes with it is said again.
 * `takeIn` brings what was sealed into the folds, as far as it may be known; `elapse` lets their time come further, and
 * answers whether it has come as far as it can.
 */
export function sealHere(
  processor: Pick<RealmProcessor, 'freshPartials'>,
  second: SecondStage,
  takeIn: (periods: readonly SealedPeriod[]) => void,
  elapse: () => boolean,
): SealedPeriod[] {
  const sealed: SealedPeriod[] = []
  for (let round = 0; round < PERIODS_AT_ONCE; round++) {
    const partials = processor.freshPartials()
    const periods = partials.length === 0 ? [] : second.take(partials)
    if (periods.length === 0) break
    sealed.push(...periods)
    takeIn(periods)
    // What the last round would make the shards say comes first in the next step: it must not have to return from the log.
    if (round < PERIODS_AT_ONCE - 1 && !elapse()) break
  }
  return sealed
}
