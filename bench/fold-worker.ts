import { loadPolicySet } from '../app/policies.ts'
import type { PartialPeriod } from '../core/cells.ts'
import type { LogBatch } from '../core/event-log.ts'
import { SHARDS } from '../core/shard.ts'
import { emptyCellState, observePartial, sealPeriods } from '../processors/cell-fold.ts'
import { compilePolicy } from '../processors/compile-policy.ts'
import { createRealmProcessor, parseLines } from '../processors/realm-processor.ts'
import { readAppends, toLogBatches } from './micro-batches.ts'
import { runWorker } from './worker.ts'

export interface FoldTask {
  readonly policies: string
  readonly set: string
  /** Taken in before anything is measured. */
  readonly stock: string | undefined
  readonly batches: string
}

export interface FoldResult {
  readonly observations: number
  readonly points: number
}

/** Both stages of folding in one process without any I/O: lines of the log in, lines of signals out. */
await runWorker(async ({ policies, set, stock, batches }: FoldTask) => {
  const policy = compilePolicy(loadPolicySet(policies, set).realm)
  const prepared = (path: string, after: number) =>
    [...readAppends(path)].map((append, number) => toLogBatches(append, after + number))
  const before = stock === undefined ? [] : prepared(stock, 0)
  const appends = prepared(batches, before.length)
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard)
  const processor = createRealmProcessor(policy, shards, new Map())
  const cells = emptyCellState()

  async function fold(appends: readonly LogBatch[][]): Promise<FoldResult> {
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
  await fold(before)
  return { run: () => fold(appends), close: async () => undefined }
})
