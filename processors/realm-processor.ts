import type { PartialPeriod, SealedPeriod } from '../core/cells.ts'
import type { LogBatch, OutgoingBatch, Position } from '../core/event-log.ts'
import { readObservations } from '../core/observation-line.ts'
import { shardOf } from '../core/shard.ts'
import type { Snapshot } from '../core/snapshots.ts'
import { type Ahead, createAhead } from './ahead.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import { REACH_MS } from './corrections.ts'
import type { Resumed } from './load-snapshots.ts'
import { createRecentRises, type RecentRises } from './recent-rises.ts'
import type { SaidPoint } from './risk-line.ts'
import { nothingSaid, type Said } from './said.ts'
import { aggregateBatches, signalBatches } from './said-batches.ts'
import { createShardFold, type ShardFold } from './shard-fold.ts'
import { emptyShardState, type ShardState } from './shard-state.ts'
import { createSide, type Side } from './side.ts'
import { shardChangesToBytes, shardStateToBytes } from './state/shard-snapshot.ts'
import { createSurges } from './surges.ts'

/** The folds of one realm in one process, without I/O: batches in, what to write and to publish out. */
export interface RealmProcessor {
  readonly side: Side
  observe(batches: readonly LogBatch[]): void
  takeSealed(periods: readonly SealedPeriod[]): void
  /**
   * Seals what can be sealed; call after observe and takeSealed. Asks after each shard whose time moved whether that is enough for now, and
   * answers whether all is sealed: otherwise the next call goes on with the next shard.
   */
  elapse(isEnough?: () => boolean): boolean
  /** What shards said of periods since the last call of this: for a second stage in the same process. */
  freshPartials(): readonly PartialPeriod[]
  /** Everything said since the last call. */
  said(): Output
  /** Positions and state of a shard, for a snapshot: whole, or what changed since this was called last, or since it was resumed from. */
  snapshot(shard: number, changesOnly?: boolean): Snapshot | undefined
  /** Observations that wait for time to come; reading more makes sense only while this is small. */
  pending(): number
  /** A shard's time stands still until more is read, however much the others have in hand. */
  wantsInput(): boolean
  /** The shards of which that is so. */
  hungry(): readonly number[]
  /** The tick up to which every shard is judged, UTC ms; 0 before all have begun. */
  sealedThrough(): number
  views(shards: Iterable<number>): Record<string, string>
}

export interface Output {
  readonly signals: readonly OutgoingBatch[]
  readonly aggregates: readonly OutgoingBatch[]
  readonly points: readonly SaidPoint[]
  readonly registered: Said['registered']
  /** Enterprises whose past was corrected or whose provisional score came to nothing, as they stand now. */
  readonly standing: Said['standing']
  /** Scores that include what has arrived but is not sealed: for the present alone. */
  readonly provisional: readonly SaidPoint[]
  readonly changedShards: ReadonlySet<number>
  /** Shards in which time has come further, whether or not anything changed by that. */
  readonly sealedShards: ReadonlySet<number>
  /** Wall time at which the newest live observation was received; -1 where there was none. */
  readonly newestReceived: number
}

const NOBODY: ReadonlySet<string> = new Set()

export function createRealmProcessor(
  policy: CompiledPolicy,
  shards: readonly number[],
  resumed: ReadonlyMap<number, Resumed>,
  streamOf: (periodEnd: number) => string = () => policy.realm.realm,
): RealmProcessor {
  const side = createSide(policy.periodMs)
  const surges = createSurges(side, policy)
  const folds = new Map<number, ShardFold>()
  const positions = new Map<number, Position>()
  const rises = new Map<number, RecentRises>()
  const ahead = new Map<number, Ahead>()
  const causes = new Map(policy.realm.indicators.map((indicator) => [indicator.id, indicator.cause]))
  for (const shard of shards) {
    const kept = resumed.get(shard)
    const state: ShardState = kept?.state ?? emptyShardState(shard)
    const position = kept?.positions[`observations/${shard}`]
    if (position !== undefined) positions.set(shard, position)
    const fold = createShardFold(state, side, surges, policy)
    folds.set(shard, fold)
    ahead.set(shard, createAhead(fold))
    rises.set(
      shard,
      createRecentRises((indicator) => causes.get(indicator) ?? ''),
    )
  }
  /** The shards in the order in which their time comes further, and whose turn it is. */
  const turns = [...folds]
  let turn = 0
  let gathered = nothingSaid()
  /** How many of the gathered partials were handed to a second stage in this process. */
  let handed = 0
  let changed = new Set<number>()
  let sealed = new Set<number>()
  let newestReceived = -1

  function observeBatch(batch: LogBatch): void {
    const fold = folds.get(batch.shard)
    const position = positions.get(batch.shard)
    if (fold === undefined || (position !== undefined && batch.position <= position)) return
    positions.set(batch.shard, batch.position)
    const observations = readObservations(batch.bytes)
    const said: Said = { ...gathered, touched: new Set() }
    fold.observe(observations, batch.progress, said)
    if (batch.bulk) return
    for (const id of said.touched) ahead.get(batch.shard)?.touch(id)
    const newest = observations.at(-1)
    if (newest !== undefined) newestReceived = Math.max(newestReceived, newest.received)
  }

  /** Answers whether its time has moved. */
  function elapseShard(shard: number, fold: ShardFold): boolean {
    const before = gathered.changes.length
    const until = fold.state.sealed
    fold.elapse(gathered)
    const isFurther = fold.state.sealed > until
    if (isFurther) sealed.add(shard)
    if (gathered.changes.length === before) return isFurther
    changed.add(shard)
    for (const { point, before: last } of gathered.changes.slice(before)) {
      // What is said of the past again rises nowhere today.
      if (point.recorded === point.effective) rises.get(shard)?.note(point, last)
    }
    return isFurther
  }

  /** Scores that are not sealed yet, and those that have come to nothing: both after what is sealed. */
  function settleAhead(): Pick<Output, 'provisional' | 'standing'> {
    const standing = new Map(gathered.standing)
    const told = new Map<number, Set<string>>()
    const tell = (id: string) => {
      const shard = shardOf(id)
      const ofShard = told.get(shard)
      if (ofShard === undefined) told.set(shard, new Set([id]))
      else ofShard.add(id)
    }
    for (const id of standing.keys()) tell(id)
    for (const { point } of gathered.changes) if (point.recorded === point.effective) tell(point.enterprise)
    const provisional: SaidPoint[] = []
    for (const [shard, each] of ahead) {
      const settled = each.settle(told.get(shard) ?? NOBODY)
      provisional.push(...settled.provisional)
      for (const [id, point] of settled.standing) standing.set(id, { point, recorded: point?.point.effective ?? 0 })
    }
    return { provisional, standing }
  }

  function sealedThrough(): number {
    return Math.min(...[...folds.values()].map(({ state }) => state.sealed))
  }

  /** What no shard and no correction can ask for any more. */
  function forget(): void {
    const through = sealedThrough()
    side.forget(through, through - REACH_MS - policy.cityLookMs)
    surges.forget(through)
  }

  return {
    side,
    observe(batches) {
      for (const batch of batches) observeBatch(batch)
    },
    takeSealed(periods) {
      for (const period of periods) side.take(period)
    },
    elapse(isEnough = () => false) {
      forget()
      for (let left = turns.length; left > 0; left--) {
        const [shard, fold] = turns[turn] ?? []
        turn = (turn + 1) % turns.length
        if (shard === undefined || fold === undefined) continue
        if (elapseShard(shard, fold) && left > 1 && isEnough()) return false
      }
      return true
    },
    freshPartials() {
      const fresh = gathered.partials.slice(handed)
      handed = gathered.partials.length
      return fresh
    },
    said() {
      handed = 0
      const output: Output = {
        signals: signalBatches(policy, gathered.changes),
        aggregates: aggregateBatches(gathered.partials, streamOf),
        points: gathered.changes,
        registered: gathered.registered,
        ...settleAhead(),
        changedShards: changed,
        sealedShards: sealed,
        newestReceived,
      }
      gathered = nothingSaid()
      changed = new Set()
      sealed = new Set()
      newestReceived = -1
      return output
    },
    snapshot(shard, changesOnly = false) {
      const fold = folds.get(shard)
      const position = positions.get(shard)
      if (fold === undefined || position === undefined) return undefined
      const { state } = fold
      return {
        positions: { [`observations/${shard}`]: position },
        state: changesOnly ? shardChangesToBytes(state) : shardStateToBytes(state),
        reach: state.batches,
      }
    },
    wantsInput: () => [...folds.values()].some((fold) => fold.wantsInput()),
    hungry: () => [...folds].filter(([, fold]) => fold.wantsInput()).map(([shard]) => shard),
    sealedThrough,
    pending: () => [...folds.values()].reduce((sum, fold) => sum + fold.waiting(), 0),
    views(wanted) {
      const views: Record<string, string> = {}
      for (const shard of wanted) {
        const fold = folds.get(shard)
        if (fold === undefined) continue
        const risers = rises.get(shard)?.top(fold.state.sealed) ?? []
        views[String(shard)] = fold.totals.view(risers)
      }
      return views
    },
  }
}
