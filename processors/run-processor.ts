import type { PartialPeriod, SealedPeriod } from '../core/cells.ts'
import {
  BEGINNING,
  type EventLog,
  type LogBatch,
  type LogReader,
  type OutgoingBatch,
  type Position,
  type ReaderOptions,
  type Topic,
} from '../core/event-log.ts'
import type { History } from '../core/history.ts'
import type { Present, PresentArea } from '../core/present.ts'
import { SHARDS } from '../core/shard.ts'
import type { Snapshots } from '../core/snapshots.ts'
import type { Clock } from '../core/time.ts'
import { readArchive } from './archive.ts'
import { type CellState, emptyCellState, observePartial, sealPeriods } from './cell-fold.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import { takeFreshest } from './freshest.ts'
import { createHistorySink } from './history-sink.ts'
import { createRealmProcessor, type Output, parseLines, type RealmProcessor, toLines } from './realm-processor.ts'

export interface ProcessorPorts {
  readonly log: EventLog
  readonly history: History
  readonly present: Present
  readonly snapshots: Snapshots
  readonly clock: Clock
  /** Runs the work again while it fails with `Retryable`; anything else propagates. */
  readonly retry: (work: () => Promise<void>) => Promise<void>
  readonly happened: (fact: ProcessorFact) => void
}

export type ProcessorFact =
  | { readonly type: 'resumed'; readonly realm: string; readonly shards: number; readonly archived: number }
  | { readonly type: 'snapshots-saved'; readonly realm: string; readonly shards: number; readonly bytes: number }

export interface ProcessorOptions {
  readonly policy: CompiledPolicy
  readonly shards: readonly number[]
  readonly signal: AbortSignal
  /** A shard's snapshot is due after this many bytes of log, or when it was quiet for `quietMs`. */
  readonly snapshotBytes: number
  readonly quietMs: number
}

/** What a processor says of itself in area `positions`, key `process {its first shard}`. */
export interface ProcessorStatus {
  /** Wall time, UTC ms. */
  readonly at: number
  readonly pending: number
  /** All that was read is folded, said and durable. */
  readonly settled: boolean
  /** By shard. */
  readonly durable: Readonly<Record<number, Position>>
}

const SINK_LIMITS = { flushBytes: 8_000_000, flushMs: 1_000, holdBytes: 32_000_000 } as const
const CELLS_EVERY_MS = 60_000
const PRESENT_MS = 250
/** While years of history are folded a board that moves once a second is enough. */
const BUSY_PRESENT_MS = 1_000
const BUSY_PENDING = 5_000
/** How old the clock of a shard in which nothing happens may look. */
const QUIET_VIEW_MS = 1_000
const PERIODS_AT_ONCE = 8
const PENDING_BOUND = 200_000
const DOCUMENTS_AT_ONCE = 2_000

/** The host of one realm's folds: reads, folds, writes, publishes, and only then moves its positions. */
export async function runProcessor(options: ProcessorOptions, ports: ProcessorPorts): Promise<void> {
  const { policy, shards, signal } = options
  const { log, present, snapshots, clock } = ports
  const realm = policy.realm.realm
  const poll = (from: LogReader, waitMs: number) => patiently(ports, () => from.poll(waitMs))
  const put = (area: PresentArea, documents: Readonly<Record<string, string>>) =>
    ports.retry(() => present.put(realm, area, documents))
  const open = (wanted: Omit<ReaderOptions, 'realm'>) => patiently(ports, () => log.reader({ ...wanted, realm }))
  const loaded = await snapshots.load(realm, 'process')
  const processor = createRealmProcessor(policy, shards, loaded)
  const second = shards.includes(0) ? await startSecondStage(options, ports) : undefined
  const sealed = await open({ topic: 'sealed', shards: [0], after: new Map(), maxBytes: 8_000_000 })
  await catchUpSealed()
  let archived = 0
  const after = await rebuildFromArchive()
  const sink = createHistorySink(ports.history, SINK_LIMITS, ports.retry, after)
  const keeper = createKeeper(options, ports, processor, sink, tellAll)
  // A shard of which nothing was kept must begin with its beginning: were that trimmed, its score would be a guess.
  const wholly = new Map(shards.map((shard) => [shard, after.get(shard) ?? BEGINNING]))
  const reader = await open({ topic: 'observations', shards, after: wholly, maxBytes: 4_000_000 })
  ports.happened({ type: 'resumed', realm, shards: shards.length, archived })
  await put('shards', processor.views(shards))

  /** All of it before anything is folded: a period sealed here would hide an older one that is still on its way. */
  async function catchUpSealed(): Promise<void> {
    const take = (batch: LogBatch) => processor.takeSealed(parseLines<SealedPeriod>(batch.bytes))
    await readToEnd(options, ports, sealed, 'sealed', take)
  }

  /** Shards without a snapshot fold their archive first: the log keeps only a tail. */
  async function rebuildFromArchive(): Promise<Map<number, Position>> {
    const positions = new Map<number, Position>()
    for (const shard of shards) {
      const position = loaded.get(shard)?.positions[`observations/${shard}`]
      if (position !== undefined) positions.set(shard, position)
    }
    const missing = shards.filter((shard) => !positions.has(shard))
    for await (const batches of readArchive(ports.history, realm, missing)) {
      processor.observe(batches)
      archived += batches.length
      for (const batch of batches) positions.set(batch.shard, batch.position)
    }
    return positions
  }

  let idle = false
  /** What is read of the log while what was said before is made durable. */
  let ahead: Promise<readonly LogBatch[]> | undefined
  let lastPresent = 0
  /** By enterprise: the line of its newest point. */
  const fresh = new Map<string, string>()
  const viewsDue = new Set<number>()
  const quietDue = new Set<number>()
  let lastQuiet = 0
  let newest = -1
  let cellsSaved = clock.now()

  async function step(): Promise<void> {
    const wait = idle ? 10 : 0
    // With enough in hand the wait is for the sealed periods; but a log may hand out one shard long before another,
    // and a sender much before it says how far time has come: then nothing is sealed until more is read.
    const full = processor.pending() > PENDING_BOUND && !processor.wantsInput()
    const reading = full ? [] : (ahead ?? poll(reader, wait))
    if (!full) ahead = undefined
    const [batches, said] = await Promise.all([reading, poll(sealed, full ? wait : 0)])
    if (batches.length > 0) {
      ahead = poll(reader, 0)
      // Whoever takes it hears of what failed.
      ahead.catch(() => undefined)
    }
    const periods = said.flatMap((batch) => parseLines<SealedPeriod>(batch.bytes))
    processor.observe(batches)
    processor.takeSealed(periods)
    processor.elapse()
    const sealedHere = shards.length === SHARDS && second !== undefined ? sealHere(processor, second) : []
    const output = processor.said()
    const outgoing = [...output.signals, ...output.aggregates, ...sealedBatch(realm, sealedHere)]
    if (outgoing.length > 0) await ports.retry(async () => void (await log.append(outgoing)))
    const moved = second === undefined ? false : await second.step()
    keep(batches, output)
    await sink.maybeFlush(clock.now())
    await publish(output)
    await keeper.saveDue(clock.now(), batches)
    if (second !== undefined && clock.now() - cellsSaved > CELLS_EVERY_MS) {
      cellsSaved = clock.now()
      await second.save()
    }
    idle = batches.length === 0 && periods.length === 0 && outgoing.length === 0 && !moved
  }

  function keep(batches: readonly LogBatch[], output: Output): void {
    for (const batch of batches) sink.batch(batch, clock.now())
    // The lines of the log as they are: the table keeps an array of signals as its text.
    for (const { bytes } of output.signals) sink.lines('risk', bytes)
    for (const { enterprise, tick, attributes } of output.registered) {
      const { name, district, industry, facts } = attributes
      sink.row('enterprises', { realm, enterprise, name, district, industry, facts, known: tick })
    }
  }

  async function tellSome(): Promise<void> {
    if (fresh.size === 0) return
    const documents: Record<string, string> = {}
    let count = 0
    for (const [id, line] of fresh) {
      documents[id] = line
      fresh.delete(id)
      count += 1
      if (count >= DOCUMENTS_AT_ONCE) break
    }
    await put('risk', documents)
  }

  /** What a snapshot includes is never said again: before it is saved the present has heard of it. */
  async function tellAll(): Promise<void> {
    while (fresh.size > 0) await tellSome()
  }

  /** The present is told at most four times a second (once in a back-fill); what waits longer is told in its newest form. */
  async function publish(output: Output): Promise<void> {
    const gone = takeFreshest(fresh, output)
    if (gone.length > 0) await ports.retry(() => present.remove(realm, 'risk', gone))
    for (const shard of output.changedShards) viewsDue.add(shard)
    for (const shard of output.sealedShards) quietDue.add(shard)
    if (output.newestReceived >= 0) newest = output.newestReceived
    const now = clock.now()
    const urgent = output.provisional.length > 0
    const every = processor.pending() > BUSY_PENDING ? BUSY_PRESENT_MS : PRESENT_MS
    if (!urgent && now - lastPresent < every) return
    await tellSome()
    if (now - lastPresent < every) return
    lastPresent = now
    if (now - lastQuiet >= QUIET_VIEW_MS) {
      lastQuiet = now
      for (const shard of quietDue) viewsDue.add(shard)
      quietDue.clear()
    }
    if (viewsDue.size > 0) await put('shards', processor.views(viewsDue))
    viewsDue.clear()
    const durable = Object.fromEntries(sink.durable())
    const status: ProcessorStatus = { at: now, pending: processor.pending(), settled: idle && sink.isEmpty(), durable }
    const published = newest < 0 ? {} : { published: JSON.stringify({ at: now, received: newest }) }
    await put('positions', { [`process ${shards[0]}`]: JSON.stringify(status), ...published })
    newest = -1
  }

  try {
    while (!signal.aborted) await step()
    await ahead
    await keeper.saveAll()
    if (second !== undefined) await second.save()
  } finally {
    await reader.close()
    await sealed.close()
    await second?.close()
  }
}

/** A log that cannot be reached is waited for: positions are kept, nothing is lost by it. */
async function patiently<Value>({ retry }: ProcessorPorts, work: () => Promise<Value>): Promise<Value> {
  const values: Value[] = []
  await retry(async () => {
    values[0] = await work()
  })
  return values[0] as Value
}

interface Keeper {
  saveDue(now: number, batches: readonly LogBatch[]): Promise<void>
  saveAll(): Promise<void>
}

/** Decides when a shard's snapshot is due, and trims the log behind it. */
function createKeeper(
  options: ProcessorOptions,
  ports: ProcessorPorts,
  processor: ReturnType<typeof createRealmProcessor>,
  sink: ReturnType<typeof createHistorySink>,
  tellAll: () => Promise<void>,
): Keeper {
  const { policy, shards, snapshotBytes, quietMs } = options
  const realm = policy.realm.realm
  const grown = new Map<number, number>()
  let lastBatch = 0

  async function save(due: readonly number[]): Promise<void> {
    if (due.length === 0) return
    await sink.drain()
    await tellAll()
    let bytes = 0
    for (const shard of due) {
      const snapshot = processor.snapshot(shard)
      if (snapshot === undefined) continue
      bytes += snapshot.state.length
      await ports.retry(() => ports.snapshots.save(realm, 'process', shard, snapshot))
      const position = snapshot.positions[`observations/${shard}`]
      if (position !== undefined) await ports.retry(() => ports.log.trim('observations', realm, shard, position))
      grown.delete(shard)
    }
    ports.happened({ type: 'snapshots-saved', realm, shards: due.length, bytes })
  }

  return {
    async saveDue(now, batches) {
      for (const batch of batches) grown.set(batch.shard, (grown.get(batch.shard) ?? 0) + batch.bytes.length)
      if (batches.length > 0) lastBatch = now
      // What still waits for time to come would be written down only to be written down again.
      const quiet = lastBatch > 0 && now - lastBatch > quietMs && processor.pending() === 0
      await save(
        [...grown].filter(([, bytes]) => bytes > snapshotBytes || (quiet && bytes > 0)).map(([shard]) => shard),
      )
    },
    saveAll: () => save(shards),
  }
}

/** Reads a topic of one stream up to where it ends now; `from` is what had been read before. */
async function readToEnd(
  { policy, signal }: ProcessorOptions,
  ports: ProcessorPorts,
  reader: LogReader,
  topic: Topic,
  take: (batch: LogBatch) => void,
  from: Position = '',
): Promise<void> {
  const end = (await patiently(ports, () => ports.log.ends(topic, policy.realm.realm))).get(0)
  let position = from
  while (end !== undefined && position < end && !signal.aborted) {
    for (const batch of await patiently(ports, () => reader.poll(500))) {
      take(batch)
      position = batch.position
    }
  }
}

/**
 * Where one process carries all shards the second stage need not wait for the log to come back: it gets what the shards
 * say at once, some periods in a row. All of it is appended in one transaction; what a crash takes with it is said again.
 */
function sealHere(processor: RealmProcessor, second: SecondStage): SealedPeriod[] {
  const sealed: SealedPeriod[] = []
  for (let round = 0; round < PERIODS_AT_ONCE; round++) {
    const partials = processor.freshPartials()
    const periods = partials.length === 0 ? [] : second.take(partials)
    if (periods.length === 0) break
    sealed.push(...periods)
    processor.takeSealed(periods)
    processor.elapse()
  }
  return sealed
}

function sealedBatch(realm: string, periods: readonly SealedPeriod[]): OutgoingBatch[] {
  if (periods.length === 0) return []
  const bytes = toLines(periods)
  return [{ topic: 'sealed', realm, shard: 0, count: periods.length, bytes, progress: [], bulk: false }]
}

interface SecondStage {
  /** Takes partials that are on their way to the log; what it had before changes nothing. */
  take(partials: readonly PartialPeriod[]): readonly SealedPeriod[]
  step(): Promise<boolean>
  save(): Promise<void>
  close(): Promise<void>
}

/** The cells' fold, beside the shard that carries it: partials in, sealed periods out. */
async function startSecondStage(options: ProcessorOptions, ports: ProcessorPorts): Promise<SecondStage> {
  const { policy } = options
  const realm = policy.realm.realm
  const snapshot = (await ports.snapshots.load(realm, 'cells')).get(0)
  const state: CellState =
    snapshot === undefined ? emptyCellState() : JSON.parse(Buffer.from(snapshot.state).toString('utf8'))
  if (state.reported.length !== SHARDS) throw new RangeError('the snapshot of the cells has another number of shards')
  let position = snapshot?.positions.aggregates
  const after = new Map([[0, position ?? BEGINNING]])
  const wanted = { topic: 'aggregates', realm, shards: [0], after, maxBytes: 8_000_000 } as const
  const reader = await patiently(ports, () => ports.log.reader(wanted))
  function takeIn(batch: LogBatch): void {
    for (const partial of parseLines<PartialPeriod>(batch.bytes)) observePartial(state, partial)
    state.read = (state.read ?? 0) + 1
    position = batch.position
  }
  // What was said before comes first: a shard's newer word would hide it.
  await readToEnd(options, ports, reader, 'aggregates', takeIn, position)

  return {
    take(partials) {
      for (const partial of partials) observePartial(state, partial)
      return sealPeriods(state, policy.periodMs)
    },
    async step() {
      const batches = await patiently(ports, () => reader.poll(0))
      for (const batch of batches) takeIn(batch)
      const periods = sealPeriods(state, policy.periodMs)
      if (periods.length === 0) return batches.length > 0
      await ports.retry(async () => void (await ports.log.append(sealedBatch(realm, periods))))
      return true
    },
    async save() {
      if (position === undefined) return
      const through = position
      const reach = state.read ?? 0
      const saved = { positions: { aggregates: through }, state: Buffer.from(JSON.stringify(state)), reach }
      await ports.retry(() => ports.snapshots.save(realm, 'cells', 0, saved))
      await ports.retry(() => ports.log.trim('aggregates', realm, 0, through))
    },
    close: () => reader.close(),
  }
}
