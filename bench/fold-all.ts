import type { PartialPeriod } from '../core/cells.ts'
import type { LogBatch } from '../core/event-log.ts'
import { SHARDS } from '../core/shard.ts'
import { emptyCellState, observePartial, sealPeriods } from '../processors/cell-fold.ts'
import type { CompiledPolicy } from '../processors/compile-policy.ts'
import { parseLines } from '../processors/json-lines.ts'
import { createRealmProcessor, type RealmProcessor } from '../processors/realm-processor.ts'
import { readAppends, toLogBatches } from './micro-batches.ts'

export const ALL_SHARDS: readonly number[] = Array.from({ length: SHARDS }, (_, shard) => shard)

export interface Folded {
  readonly observations: number
  readonly points: number
}

/** Both stages of folding in this process, without any I/O. */
export interface Folds {
  readonly processor: RealmProcessor
  /** Lines of the log in, lines of signals out. */
  fold(appends: readonly LogBatch[][]): Folded
}

export function createFolds(policy: CompiledPolicy): Folds {
  const processor = createRealmProcessor(policy, ALL_SHARDS, new Map())
  const cells = emptyCellState()

  function settle(): number {
    let points = 0
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
    return points
  }

  return {
    processor,
    fold(appends) {
      let observations = 0
      let points = 0
      for (const append of appends) {
        for (const batch of append) observations += batch.count
        processor.observe(append)
        points += settle()
      }
      return { observations, points }
    },
  }
}

/** Prepared appends as a log would give them back, numbered from `after` on. */
export function appendsOf(path: string, after: number): LogBatch[][] {
  return [...readAppends(path)].map((append, number) => toLogBatches(append, after + number))
}
