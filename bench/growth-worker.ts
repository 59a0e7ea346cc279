import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { loadPolicySet } from '../app/policies.ts'
import type { ShardView } from '../core/risk.ts'
import { compilePolicy } from '../processors/compile-policy.ts'
import { createRealmProcessor } from '../processors/realm-processor.ts'
import { ALL_SHARDS, appendsOf, createFolds, type Folded, type Folds } from './fold-all.ts'
import type { FoldTask } from './fold-worker.ts'
import { runWorker } from './worker.ts'

export interface GrowthResult extends Folded {
  /** Of whom there is a score. */
  readonly enterprises: number
  /** Of the folding alone. */
  readonly cpuSeconds: number
  /** Of heap and of buffers outside it that both stages' state takes. */
  readonly stateBytes: number
  readonly snapshotBytes: number
  /** From snapshots in memory to folds that can go on. */
  readonly resumeSeconds: number
}

type Snapshot = NonNullable<ReturnType<Folds['processor']['snapshot']>>

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

function heldNow(): number {
  // Buffers are let go one collection after the objects that hold them.
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

await runWorker(async ({ policies, set, stock, batches }: FoldTask) => {
  const policy = compilePolicy(loadPolicySet(policies, set).realm)
  const before = stock === undefined ? [] : appendsOf(stock, 0)
  const appends = appendsOf(batches, before.length)
  let folds: Folds | undefined = createFolds(policy)
  folds.fold(before)
  before.length = 0

  async function run(): Promise<GrowthResult> {
    if (folds === undefined) throw new Error('these folds were let go')
    const began = process.cpuUsage()
    const folded = folds.fold(appends)
    const { user, system } = process.cpuUsage(began)
    appends.length = 0
    const held = heldNow()
    const views = Object.values(folds.processor.views(ALL_SHARDS)).map((text): ShardView => JSON.parse(text))
    const enterprises = views.reduce((sum, view) => sum + view.enterprises, 0)
    const snapshots = new Map<number, Snapshot>()
    for (const shard of ALL_SHARDS) {
      const snapshot = folds.processor.snapshot(shard)
      if (snapshot !== undefined) snapshots.set(shard, snapshot)
    }
    const snapshotBytes = [...snapshots.values()].reduce((sum, { state }) => sum + state.length, 0)
    folds = undefined
    const stateBytes = held - heldNow()
    const resumed = performance.now()
    createRealmProcessor(policy, ALL_SHARDS, snapshots)
    const resumeSeconds = (performance.now() - resumed) / 1000
    return { ...folded, enterprises, cpuSeconds: (user + system) / 1e6, stateBytes, snapshotBytes, resumeSeconds }
  }
  return { run, close: async () => undefined }
})
