import type { PartialPeriod, SealedPeriod } from '../../core/cells.ts'
import type { LogBatch } from '../../core/event-log.ts'
import type { RiskPoint } from '../../core/risk.ts'
import type { CellState } from '../../processors/cell-fold.ts'
import { emptyCellState, observePartial, sealPeriods } from '../../processors/cell-fold.ts'
import type { CompiledPolicy } from '../../processors/compile-policy.ts'
import { parseLines } from '../../processors/json-lines.ts'
import { createRealmProcessor } from '../../processors/realm-processor.ts'
import { shardsOf } from './parts.ts'

export interface Refolded {
  /** All that was ever said, with when it was said. */
  readonly points: readonly RiskPoint[]
  readonly sealed: readonly SealedPeriod[]
}

/** The log as it came to be, folded once more from its beginning, in one go and by one process that nothing happens to. */
export function foldAgain(appended: readonly LogBatch[], policy: CompiledPolicy): Refolded {
  const processor = createRealmProcessor(policy, shardsOf(0, 1), new Map())
  const cells: CellState = emptyCellState()
  const points: RiskPoint[] = []
  const sealed: SealedPeriod[] = []
  processor.observe(appended.filter(({ topic }) => topic === 'observations'))
  for (let isNews = true; isNews; ) {
    processor.elapse()
    const said = processor.said()
    points.push(...said.points.map(({ point }) => point))
    for (const { bytes } of said.aggregates) {
      for (const partial of parseLines<PartialPeriod>(bytes)) observePartial(cells, partial)
    }
    const periods = sealPeriods(cells, policy.periodMs)
    sealed.push(...periods)
    processor.takeSealed(periods)
    isNews = said.points.length > 0 || periods.length > 0
  }
  return { points, sealed }
}

/** As the table keeps them: what is said twice of one instant at one tick is one row, in its newest revision. */
export function newestRevisions(points: readonly RiskPoint[]): string[] {
  const newest = new Map<string, RiskPoint>()
  for (const point of points) {
    const key = `${point.enterprise} ${point.effective} ${point.recorded}`
    if ((newest.get(key)?.revision ?? -1) < point.revision) newest.set(key, point)
  }
  return [...newest.values()].map(asSaid)
}

export function asSaid({ enterprise, effective, recorded, revision, removed, receipt }: RiskPoint): string {
  return [enterprise, effective, recorded, revision, removed, receipt].join('|')
}
