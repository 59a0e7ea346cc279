import { gzipSync } from 'node:zlib'
import { loadPolicySet } from '../app/policies.ts'
import type { LogBatch } from '../core/event-log.ts'
import type { Snapshot } from '../core/snapshots.ts'
import { HOUR_MS } from '../core/time.ts'
import { compilePolicy } from '../processors/compile-policy.ts'
import { createChains } from '../processors/snapshot-chains.ts'
import { ALL_SHARDS, appendsOf, createFolds } from './fold-all.ts'
import type { FoldTask } from './fold-worker.ts'
import { runWorker } from './worker.ts'

export interface SnapshotTask extends FoldTask {
  /** Keeps all of each shard again and again, as before there were changes. */
  readonly whole: boolean
  /** Of the city's time between two snapshots. */
  readonly everyMs: number
}

export interface SnapshotResult {
  readonly hours: number
  readonly snapshots: number
  readonly bytes: number
  /** As they are kept. */
  readonly packedBytes: number
  /** In which nothing was folded: all of it, and the longest for one shard. */
  readonly stillMs: number
  readonly mostMs: number
}

await runWorker(async ({ policies, set, stock, batches, whole, everyMs }: SnapshotTask) => {
  const folds = createFolds(compilePolicy(loadPolicySet(policies, set).realm))
  const before = stock === undefined ? [] : appendsOf(stock, 0)
  const appends = appendsOf(batches, before.length)
  folds.fold(before)
  const chains = createChains(folds.processor, new Map())
  const take = (shard: number) => (whole ? folds.processor.snapshot(shard) : chains.take(shard))
  for (const shard of ALL_SHARDS) kept(shard, take(shard))

  function kept(shard: number, snapshot: Snapshot | undefined): void {
    if (snapshot !== undefined) chains.kept(new Map([[shard, snapshot]]))
  }

  function run(): SnapshotResult {
    const total = { snapshots: 0, bytes: 0, packedBytes: 0, stillMs: 0, mostMs: 0 }
    const grown = new Set<number>()
    let begun = 0
    let now = 0
    let savedAt = 0
    for (const append of appends) {
      folds.fold([append])
      now = Math.max(now, ...untilOf(append))
      if (begun === 0) begun = savedAt = now
      for (const { shard, count } of append) if (count > 0) grown.add(shard)
      if (now - savedAt < everyMs) continue
      savedAt = now
      for (const shard of grown) {
        const from = performance.now()
        const snapshot = take(shard)
        const ms = performance.now() - from
        kept(shard, snapshot)
        const state = snapshot?.state ?? new Uint8Array()
        total.snapshots += 1
        total.bytes += state.length
        total.packedBytes += gzipSync(state, { level: 1 }).length
        total.stillMs += ms
        total.mostMs = Math.max(total.mostMs, ms)
      }
      grown.clear()
    }
    return { hours: (now - begun) / HOUR_MS, ...total }
  }

  return { run: async () => run(), close: async () => undefined }
})

function untilOf(append: readonly LogBatch[]): number[] {
  return append.flatMap(({ progress }) => progress.map(({ until }) => until))
}
