import type { PolicyHandover, SealedPeriod } from '../core/cells.ts'
import type { LogBatch, LogReader } from '../core/event-log.ts'
import { SHARDS } from '../core/shard.ts'
import { openCellRows } from './cell-rows.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import { createHistorySink } from './history-sink.ts'
import { loadShards } from './load-snapshots.ts'
import { patiently } from './patiently.ts'
import { openPeriodReader, ownPeriods, type PeriodStreams, sealedBatches, streamOf } from './period-streams.ts'
import { createTeller, type ProcessorStatus } from './present-teller.ts'
import type { ProcessorPorts } from './processor-ports.ts'
import { readOn } from './read-on.ts'
import { createRealmProcessor, type Output } from './realm-processor.ts'
import { createSealedQueue, type Handover } from './sealed-queue.ts'
import { sealHere, startSecondStage } from './second-stage.ts'
import { createChains } from './snapshot-chains.ts'
import { createKeeper } from './snapshot-keeper.ts'

export interface ProcessorOptions {
  readonly policy: CompiledPolicy
  readonly shards: readonly number[]
  readonly signal: AbortSignal
  /** A shard's snapshot is due after this many bytes of log, so long after the first of them, or when it was quiet for `quietMs`. */
  readonly snapshotBytes: number
  readonly snapshotMs: number
  readonly quietMs: number
  /** What a policy needs that follows another, or that another may follow; absent where one holds for ever. */
  readonly succession?: Succession
}

export interface Succession {
  /** Where the policy's folds keep what is their own: see `PeriodStreams`. */
  readonly aside: string
  /** The policy that is to take over, once it can. */
  readonly wish: () => (PolicyHandover & { readonly from: number }) | undefined
  /** How far the periods have come that these folds know of: no other policy's may pass them. */
  readonly passed: (periodEnd: number) => void
}

const SINK_LIMITS = { flushBytes: 8_000_000, flushMs: 1_000, idleBytes: 500_000, holdBytes: 32_000_000 } as const
/** A stream that was still for so long has come to an end for now. */
const STILL_MS = 100
const CELLS_EVERY_MS = 60_000
const PENDING_BOUND = 200_000
/** Of the periods that a start finds in the log. */
const PERIODS_AT_ONCE = 50
/** A step has its price whatever it folds: what keeps up with the log takes it in such strides and not entry by entry. */
const STRIDE_MS = 15
const STRIDE_BYTES = 256_000
/** At a day's end there is something to say of nearly everybody; between the steps people are told whom something just came of. */
const SEALING_MS = 30

/**
 * The host of one realm's folds: reads, folds, writes, publishes, and only then moves its positions. Answers which policy
 * takes over where it has folded all that is under its own; nothing where it was told to stop.
 */
export async function runProcessor(options: ProcessorOptions, ports: ProcessorPorts): Promise<Handover | undefined> {
  const { policy, shards, signal, succession } = options
  const { log, clock } = ports
  const realm = policy.realm.realm
  const streams: PeriodStreams = {
    realm,
    aside: succession?.aside ?? realm,
    from: policy.from,
    periodMs: policy.periodMs,
  }
  const poll = (from: LogReader, waitMs: number) => patiently(ports, () => from.poll(waitMs))
  const { loaded, isNew } = await loadShards(ports, realm, streams.aside, shards)
  const processor = createRealmProcessor(policy, shards, loaded, (end) => streamOf(streams, end))
  const queue = createSealedQueue(streams)
  const cells = shards.includes(0)
    ? await patiently(ports, () => openCellRows(ports.history, streams, processor.side))
    : undefined
  const sealed = await openPeriodReader(ports, streams, 'sealed', new Map(), signal)
  // All of it before anything is folded: a period sealed here would hide an older one that is still on its way.
  await sealed.readToEnd((batch) => queue.add(ownPeriods(streams, batch)))
  let handedOver = false
  const second = shards.includes(0)
    ? await startSecondStage({ streams, signal, isNew, last: lastPeriod(), handover }, ports)
    : undefined
  const { reader, after, archived } = await readOn(realm, shards, loaded, ports, processor)
  const sink = createHistorySink(ports, SINK_LIMITS, after)
  await takeKnown()
  const teller = createTeller({ realm, name: `process ${shards[0]}` }, ports, processor)
  const chains = createChains(processor, loaded)
  const keeper = createKeeper({ ...options, realm, name: streams.aside }, ports, processor, chains, sink, teller)
  ports.happened({ type: 'resumed', realm, shards: shards.length, archived })
  if (speaks()) await teller.show(shards)

  /** What is known of periods goes into the folds, as far as they may know it. */
  function takeSealed(periods: readonly SealedPeriod[], most?: number): void {
    queue.add(periods)
    for (const period of queue.take(Number.POSITIVE_INFINITY, most)) {
      processor.takeSealed([period])
      cells?.add(period)
    }
    succession?.passed(queue.taken())
  }

  /** What was sealed before this process began, some at once: the history may lack the rows of years. */
  async function takeKnown(): Promise<void> {
    for (let before = -1; queue.taken() > before; ) {
      before = queue.taken()
      takeSealed([], PERIODS_AT_ONCE)
      keepCells()
      await sink.maybeFlush(clock.now(), false)
    }
  }

  function keepCells(): void {
    const counted = cells?.lines()
    if (counted !== undefined) sink.lines('cells', counted)
  }

  /** End of the last period that is this policy's, as far as that is known. */
  function lastPeriod(): number {
    return (queue.handover()?.from ?? Number.POSITIVE_INFINITY) - policy.periodMs
  }

  /** A wish is said once, with the first period that does it; one that is in the log is never said again otherwise. */
  function handover({ end, effective }: SealedPeriod): PolicyHandover | undefined {
    const wish = handedOver ? undefined : succession?.wish()
    const isNews = end > queue.newest() && queue.handover() === undefined
    const isOrdinary = effective === end + policy.periodMs && effective > policy.from
    if (wish === undefined || !isNews || !isOrdinary || effective < wish.from) return undefined
    handedOver = true
    const { staged, activation } = wish
    return { policy: wish.policy, staged, activation }
  }

  /** Before its time a policy folds what it needs, and what is said is another's. */
  function speaks(): boolean {
    return processor.sealedThrough() >= policy.from - policy.tickMs
  }

  let idle = false
  /** Little came with the step before, and it moved no time. */
  let isCalm = false
  /** Time has come as far as it can. */
  let isSealed = true
  /** What is read of the log while what was said before is made durable. */
  let ahead: Promise<readonly LogBatch[]> | undefined
  let busyAt = clock.now()
  let cellsSaved = clock.now()

  async function step(): Promise<void> {
    const wait = idle ? 10 : 0
    const saidMeanwhile = isCalm ? await sealed.poll(STRIDE_MS) : undefined
    // With enough in hand the wait is for the sealed periods; but a log may hand out one shard long before another,
    // and a sender much before it says how far time has come: then nothing is sealed until more is read.
    const full = processor.pending() > PENDING_BOUND && !processor.wantsInput()
    const reading = full ? [] : (ahead ?? poll(reader, wait))
    if (!full) ahead = undefined
    const [batches, said] = await Promise.all([reading, saidMeanwhile ?? sealed.poll(full ? wait : 0)])
    isCalm = batches.length > 0 && batches.reduce((sum, { bytes }) => sum + bytes.length, 0) < STRIDE_BYTES
    if (batches.length > 0 && !isCalm) {
      ahead = poll(reader, 0)
      // Whoever takes it hears of what failed.
      ahead.catch(() => undefined)
    }
    const periods = said.flatMap((batch) => ownPeriods<SealedPeriod>(streams, batch))
    processor.observe(batches)
    takeSealed(periods)
    // In a back-fill nobody waits for a single row.
    const enough = batches.some(({ bulk }) => bulk) ? Number.POSITIVE_INFINITY : clock.now() + SEALING_MS
    const elapse = () => {
      isSealed = processor.elapse(() => clock.now() >= enough)
      return isSealed
    }
    elapse()
    const isWhole = shards.length === SHARDS
    const sealedHere = isWhole && second !== undefined ? sealHere(processor, second, takeSealed, elapse) : []
    const output = processor.said()
    const outgoing = [...output.signals, ...output.aggregates, ...sealedBatches(streams, sealedHere)]
    if (outgoing.length > 0) await ports.retry(async () => void (await log.append(outgoing)))
    const moved = second === undefined ? false : await second.step()
    isCalm &&= outgoing.length === 0 && isSealed
    idle = isSealed && batches.length === 0 && periods.length === 0 && outgoing.length === 0 && !moved
    keep(batches, output)
    if (!idle) busyAt = clock.now()
    await sink.maybeFlush(clock.now(), clock.now() - busyAt > STILL_MS)
    if (speaks()) await teller.publish(output, status)
    await keeper.saveDue(clock.now(), batches)
    if (second !== undefined && clock.now() - cellsSaved > CELLS_EVERY_MS) {
      cellsSaved = clock.now()
      await second.save()
    }
  }

  function keep(batches: readonly LogBatch[], output: Output): void {
    for (const batch of batches) sink.batch(batch, clock.now())
    // The lines of the log as they are: the table keeps an array of signals as its text.
    for (const { bytes } of output.signals) sink.lines('risk', bytes)
    keepCells()
    for (const { enterprise, tick, attributes } of output.registered) {
      const { name, district, industry, facts } = attributes
      sink.row('enterprises', { realm, enterprise, name, district, industry, facts, known: tick })
    }
  }

  function status(): Omit<ProcessorStatus, 'at'> {
    return {
      pending: processor.pending(),
      settled: idle && sink.isEmpty() && teller.waiting() === 0,
      durable: Object.fromEntries(sink.durable()),
      sealed: Object.fromEntries(sealed.read()),
      aggregates: Object.fromEntries(second?.read() ?? []),
    }
  }

  /** Every tick under this policy is sealed and the next policy's first one is known. */
  function ended(): Handover | undefined {
    const next = queue.handover()
    return next !== undefined && processor.sealedThrough() >= next.from - policy.tickMs ? next : undefined
  }

  try {
    while (!signal.aborted && ended() === undefined) await step()
    await ahead
    await keeper.saveAll()
    if (second !== undefined) await second.save()
    return signal.aborted ? undefined : ended()
  } finally {
    await reader.close()
    await sealed.close()
    await second?.close()
  }
}
