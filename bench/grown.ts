import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { LogBatch } from '../core/event-log.ts'
import type { ShardView } from '../core/risk.ts'
import type { CompiledPolicy } from '../processors/compile-policy.ts'
import { resumedFrom } from '../processors/load-snapshots.ts'
import { createRealmProcessor } from '../processors/realm-processor.ts'
import { ALL_SHARDS, type Folded, type Folds } from './fold-all.ts'

export interface GrowthResult extends Folded {
  /** Of whom there is a score. */
  readonly enterprises: number
  /** Of the folding alone. */
  readonly cpuSeconds: number
  /** What both stages' state takes, on the heap and beside it. */
  readonly stateBytes: number
  readonly snapshotBytes: number
  /** From snapshots in memory to folds that can go on. */
  readonly resumeSeconds: number
}

/** Folds with all that was there before, and what is to be measured. Both are let go by the measurement. */
export interface Grown {
  folds: Folds | undefined
  appends: readonly LogBatch[][]
}

type Snapshot = NonNullable<ReturnType<Folds['processor']['snapshot']>>

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

function heldNow(): number {
  // Buffers are let go one collection after the objects that hold them.
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

export function measureGrown(grown: Grown, policy: CompiledPolicy): GrowthResult {
  const { folded, cpuSeconds } = foldAll(grown)
  grown.appends = []
  const held = heldNow()
  const enterprises = scoredIn(grown)
  const snapshots = snapshotsOf(grown)
  const snapshotBytes = [...snapshots.values()].reduce((sum, { state }) => sum + state.length, 0)
  grown.folds = undefined
  const stateBytes = held - (heldNow() - snapshotBytes)
  const resumed = performance.now()
  createRealmProcessor(policy, ALL_SHARDS, new Map([...snapshots].map(([shard, kept]) => [shard, resumedFrom(kept)])))
  const resumeSeconds = (performance.now() - resumed) / 1000
  return { ...folded, enterprises, cpuSeconds, stateBytes, snapshotBytes, resumeSeconds }
}

/** Nobody but `grown` holds the folds: a name for them here would keep them from being let go. */
function heldBy({ folds }: Grown): Folds {
  if (folds === undefined) throw new Error('these folds were let go')
  return folds
}

function foldAll(grown: Grown): { readonly folded: Folded; readonly cpuSeconds: number } {
  const began = process.cpuUsage()
  const folded = heldBy(grown).fold(grown.appends)
  const { user, system } = process.cpuUsage(began)
  return { folded, cpuSeconds: (user + system) / 1e6 }
}

function scoredIn(grown: Grown): number {
  const views = Object.values(heldBy(grown).processor.views(ALL_SHARDS)).map((text): ShardView => JSON.parse(text))
  return views.reduce((sum, view) => sum + view.enterprises, 0)
}

function snapshotsOf(grown: Grown): ReadonlyMap<number, Snapshot> {
  const snapshots = new Map<number, Snapshot>()
  for (const shard of ALL_SHARDS) {
    const snapshot = heldBy(grown).processor.snapshot(shard)
    if (snapshot !== undefined) snapshots.set(shard, snapshot)
  }
  return snapshots
}
