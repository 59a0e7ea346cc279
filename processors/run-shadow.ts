import type { SealedPeriod } from '../core/cells.ts'
import type { LogBatch, Position } from '../core/event-log.ts'
import { SHARDS } from '../core/shard.ts'
import { archivePage } from './archive.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import { createHistorySink } from './history-sink.ts'
import { loadShards } from './load-snapshots.ts'
import { patiently } from './patiently.ts'
import { openPeriodReader, ownPeriods, type PeriodStreams, sealedBatches } from './period-streams.ts'
import type { ProcessorPorts } from './processor-ports.ts'
import { createRealmProcessor } from './realm-processor.ts'
import { createSealedQueue } from './sealed-queue.ts'
import { sealHere, startSecondStage } from './second-stage.ts'
import { createChains } from './snapshot-chains.ts'
import { saveInTurn } from './snapshots-in-turn.ts'

export interface ShadowOptions {
  readonly policy: CompiledPolicy
  /** The name under which it keeps to itself. */
  readonly aside: string
  readonly shards: readonly number[]
  readonly signal: AbortSignal
  /** End of the newest period that the folds of the policy in force know of: a shadow stays behind it. */
  readonly leash: () => number
  /** Id of the entry that wants it in force; empty while nobody does. */
  readonly wanted: () => string
  readonly advanced: (status: ShadowStatus) => void
}

/** What a shadow says of itself in area `positions`, key `shadow {its first shard}`. */
export interface ShadowStatus {
  /** Wall time, UTC ms. */
  readonly at: number
  readonly policy: string
  readonly aside: string
  /** The tick up to which every shard is judged. */
  readonly sealed: number
  /** It stands where the policy in force stands, as nearly as two can that read one log. */
  readonly caughtUp: boolean
  /** Id of the entry that wants it in force, as far as this process knows; empty while nobody does. */
  readonly wanted: string
}

/** Small bites: what is live is folded by the same thread, and must not wait. */
const BATCHES_AT_ONCE = 500
const BYTES_AT_ONCE = 32_768
const PENDING_BOUND = 100_000
const WAIT_MS = 250
const TELL_EVERY_MS = 1_000
const SAVE_EVERY_MS = 600_000
const SINK_LIMITS = { flushBytes: 4_000_000, flushMs: 1_000, idleBytes: 500_000, holdBytes: 16_000_000 } as const

/**
 * Folds a realm under a policy that is not in force, from the beginning of the archive and then on behind the live folds.
 * What it says goes into the table `shadow_risk` and nowhere else. When told to stop it leaves its state as a snapshot,
 * from which the policy takes over, or from which it goes on.
 */
export async function runShadow(options: ShadowOptions, ports: ProcessorPorts): Promise<void> {
  const { policy, aside, shards, signal, leash } = options
  const { log, history, present, clock } = ports
  const realm = policy.realm.realm
  const streams: PeriodStreams = { realm, aside, from: Number.POSITIVE_INFINITY, periodMs: policy.periodMs }
  const { loaded, isNew } = await loadShards(ports, realm, aside, shards)
  const processor = createRealmProcessor(policy, shards, loaded, () => aside)
  const chains = createChains(processor, loaded)
  const positions = new Map<number, Position>()
  for (const shard of shards) {
    const position = loaded.get(shard)?.positions[`observations/${shard}`]
    if (position !== undefined) positions.set(shard, position)
  }
  const queue = createSealedQueue(streams)
  const sealed = await openPeriodReader(ports, streams, 'sealed', new Map(), signal)
  await sealed.readToEnd((batch) => queue.add(ownPeriods(streams, batch)))
  const second = shards.includes(0)
    ? await startSecondStage(
        { streams, signal, isNew, last: Number.POSITIVE_INFINITY, handover: () => undefined },
        ports,
      )
    : undefined
  const sink = createHistorySink(ports, SINK_LIMITS, new Map())
  let idle = false
  let toldAt = 0
  let savedAt = clock.now()

  function takeSealed(periods: readonly SealedPeriod[]): void {
    queue.add(periods)
    processor.takeSealed(queue.take(leash()))
  }

  /** A bite of each shard whose time waits for more. */
  async function read(): Promise<number> {
    let count = 0
    for (const shard of processor.hungry()) {
      if (signal.aborted || processor.pending() > PENDING_BOUND) break
      const place = { realm, shard, given: positions.get(shard) ?? '' }
      const batches: readonly LogBatch[] = await patiently(ports, () =>
        archivePage(history, place, BATCHES_AT_ONCE, BYTES_AT_ONCE),
      )
      processor.observe(batches)
      count += batches.length
      const last = batches.at(-1)
      if (last !== undefined) positions.set(shard, last.position)
    }
    return count
  }

  async function step(): Promise<void> {
    const read_ = await read()
    const said = await sealed.poll(idle ? WAIT_MS : 0)
    const before = processor.sealedThrough()
    takeSealed(said.flatMap((batch) => ownPeriods<SealedPeriod>(streams, batch)))
    processor.elapse()
    const sealedHere =
      shards.length === SHARDS && second !== undefined
        ? sealHere(processor, second, takeSealed, () => processor.elapse())
        : []
    const output = processor.said()
    const outgoing = [...output.aggregates, ...sealedBatches(streams, sealedHere)]
    if (outgoing.length > 0) await ports.retry(async () => void (await log.append(outgoing)))
    const moved = second === undefined ? false : await second.step()
    for (const { bytes } of output.signals) sink.lines('shadow_risk', bytes)
    idle = read_ === 0 && said.length === 0 && outgoing.length === 0 && !moved && processor.sealedThrough() === before
    await sink.maybeFlush(clock.now(), false)
    await tell()
    if (clock.now() - savedAt > SAVE_EVERY_MS) await save()
  }

  async function tell(): Promise<void> {
    const at = clock.now()
    if (at - toldAt < TELL_EVERY_MS) return
    toldAt = at
    // A live realm is never still: who knows of the same periods seals the same ticks.
    const caughtUp = idle || (leash() > 0 && queue.taken() >= leash())
    const status = {
      at,
      policy: policy.hash,
      aside,
      sealed: processor.sealedThrough(),
      caughtUp,
      wanted: options.wanted(),
    }
    options.advanced(status)
    // People hold it against the policy in force by what the history has of it.
    const told: ShadowStatus = { ...status, caughtUp: caughtUp && sink.isEmpty() }
    await ports.retry(() => present.put(realm, 'positions', { [`shadow ${shards[0]}`]: JSON.stringify(told) }))
  }

  async function save(): Promise<void> {
    savedAt = clock.now()
    await sink.drain()
    await saveInTurn(ports, aside, shards, chains)
    await second?.save()
  }

  try {
    while (!signal.aborted) await step()
    await save()
  } finally {
    await sealed.close()
    await second?.close()
    await ports.retry(() => present.remove(realm, 'positions', [`shadow ${shards[0]}`]))
  }
}
