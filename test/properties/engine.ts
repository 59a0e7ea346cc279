import type { PartialPeriod, SealedPeriod } from '../../core/cells.ts'
import type { FeedTurn, LogBatch } from '../../core/event-log.ts'
import { compareObservations, type Observation } from '../../core/observation.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { SHARDS, shardOf } from '../../core/shard.ts'
import { emptyCellState, observePartial, sealPeriods } from '../../processors/cell-fold.ts'
import { type CompiledPolicy, compilePolicy } from '../../processors/compile-policy.ts'
import { parseLines, toLines } from '../../processors/json-lines.ts'
import { type Resumed, resumedFrom } from '../../processors/load-snapshots.ts'
import { createRealmProcessor, type RealmProcessor } from '../../processors/realm-processor.ts'
import { testRealm } from '../support/observations.ts'

export const POLICY = compilePolicy(testRealm())
const ALL_SHARDS = Array.from({ length: SHARDS }, (_, shard) => shard)

export interface Delivery {
  readonly observations: readonly Observation[]
  /** Everything known before this has been delivered. */
  readonly until: number
  /** Feeds that turned: not before the `until` of the delivery before. */
  readonly turned?: readonly (FeedTurn & { readonly feed: string })[]
}

/** The whole engine on a list instead of a log: both stages, any number of carriers, snapshots at will. */
export function runEngine(
  deliveries: readonly Delivery[],
  options: {
    readonly carriers?: number
    readonly restartAfter?: number
    /** How many shards of a process are sealed before it hears again what others say. */
    readonly shardsAtOnce?: number
    readonly policy?: CompiledPolicy
  } = {},
): {
  readonly points: readonly RiskPoint[]
  readonly said: readonly RiskPoint[]
  readonly sealed: readonly SealedPeriod[]
} {
  const { carriers = 1, restartAfter, shardsAtOnce = SHARDS, policy = POLICY } = options
  const cells = emptyCellState()
  const sealed: SealedPeriod[] = []
  const everything: RiskPoint[] = []
  const shardsOf = (carrier: number) => ALL_SHARDS.filter((shard) => shard % carriers === carrier)
  let processors = Array.from({ length: carriers }, (_, carrier) =>
    createRealmProcessor(policy, shardsOf(carrier), new Map()),
  )
  let position = 0

  function settle(): void {
    for (;;) {
      let moved = false
      for (const processor of processors) {
        processor.takeSealed(sealed)
        let shards = 0
        if (!processor.elapse(() => ++shards >= shardsAtOnce)) moved = true
        const said = processor.said()
        everything.push(...said.points.map(({ point }) => point))
        for (const batch of said.aggregates) {
          moved = true
          for (const partial of parseLines<PartialPeriod>(batch.bytes)) observePartial(cells, partial)
        }
      }
      const periods = sealPeriods(cells, policy.periodMs)
      sealed.push(...periods)
      if (periods.length === 0 && !moved) return
    }
  }

  for (const [index, delivery] of deliveries.entries()) {
    position += 1
    for (const processor of processors) processor.observe(batchesOf(delivery, position))
    settle()
    if (index === restartAfter)
      processors = processors.map((processor, carrier) => reborn(processor, shardsOf(carrier), policy))
  }
  const said = everything.sort(bySaying)
  return { points: pointsAsKnown(said, Number.POSITIVE_INFINITY), said, sealed }
}

/** Shards take turns; what counts is the order within one enterprise. */
function bySaying(left: RiskPoint, right: RiskPoint): number {
  const apart = left.recorded - right.recorded || byEnterprise(left, right) || left.revision - right.revision
  return apart || left.effective - right.effective
}

function byEnterprise(left: RiskPoint, right: RiskPoint): number {
  return left.enterprise < right.enterprise ? -1 : left.enterprise > right.enterprise ? 1 : 0
}

/** The points that stood at an instant, by what had been recorded by then. */
export function pointsAsKnown(said: readonly RiskPoint[], known: number): readonly RiskPoint[] {
  const points = new Map<string, RiskPoint>()
  for (const point of said) {
    if (point.recorded > known) continue
    const key = `${point.enterprise} ${point.effective}`
    if (point.removed === 1) points.delete(key)
    else points.set(key, point)
  }
  return [...points.values()].sort((left, right) => byEnterprise(left, right) || left.effective - right.effective)
}

function reborn(processor: RealmProcessor, shards: readonly number[], policy: CompiledPolicy): RealmProcessor {
  const resumed = new Map<number, Resumed>()
  for (const shard of shards) {
    const snapshot = processor.snapshot(shard)
    if (snapshot !== undefined) resumed.set(shard, resumedFrom(snapshot))
  }
  return createRealmProcessor(policy, shards, resumed)
}

/** What the log holds of a delivery: a batch for each shard. */
export function batchesOf({ observations, until, turned = [] }: Delivery, position: number): LogBatch[] {
  const turns = turned.map(({ feed, ...turn }) => ({ feed, until: 0, closed: false, turned: turn }))
  return ALL_SHARDS.map((shard) => {
    const own = observations.filter((one) => shardOf(one.subject) === shard)
    return {
      topic: 'observations',
      realm: 'test',
      shard,
      count: own.length,
      bytes: toLines(own),
      progress: [{ feed: 'all', until, closed: false }, ...turns],
      bulk: true,
      position: String(position).padStart(8, '0'),
    }
  })
}

/** In the order of time, cut into deliveries at the given instants. */
export function inOrder(observations: readonly Observation[], cuts: readonly number[]): Delivery[] {
  const sorted = [...observations].sort(compareObservations)
  return cuts.map((until, index) => ({
    until,
    observations: sorted.filter(({ known }) => known < until && known >= (cuts[index - 1] ?? Number.NEGATIVE_INFINITY)),
  }))
}
