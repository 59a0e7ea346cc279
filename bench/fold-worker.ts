import { loadPolicySet } from '../app/policies.ts'
import type { PartialPeriod } from '../core/cells.ts'
import { SHARDS } from '../core/shard.ts'
import { emptyCellState, observePartial, sealPeriods } from '../processors/cell-fold.ts'
import { compilePolicy } from '../processors/compile-policy.ts'
import { createRealmProcessor, parseLines } from '../processors/realm-processor.ts'
import { readAppends, toLogBatches } from './micro-batches.ts'
import { runWorker } from './worker.ts'

export interface FoldTask {
  readonly policies: string
  readonly set: string
  readonly batches: string
}

export interface FoldResult {
  readonly observations: number
  readonly points: number
}

/** Both stages of folding in one process without any I/O: lines of the log in, lines of signals out. */
await runWorker(async ({ policies, set, batches }: FoldTask) => {
  const policy = compilePolicy(loadPolicySet(policies, set).realm)
  const appends = [...readAppends(batches)].map((append, number) => toLogBatches(append, number))
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard)
  const processor = createRealmProcessor(policy, shards, new Map())
  const cells = emptyCellState()

  async function run(): Promise<FoldResult> {
    let observations = 0
    let points = 0
    const settle = () => {
      for (let moved = true; moved; ) {
        processor.elapse()
        const said = processor.said()
        points += said.points.length
        for (const { bytes } of said.aggregates) {
          for (const partial of parseLines<PartialPeriod>(bytes)) observePartial(cells, partial)
        }
        const periods = sealPeriods(cells, policy.periodMs)
        processor.takeSealed(periods)
        moved = periods.length > 0
      }
    }
    for (const append of appends) {
      for (const batch of append) observations += batch.count
      processor.observe(append)
      settle()
    }
    return { observations, points }
  }
  return { run, close: async () => undefined }
})
