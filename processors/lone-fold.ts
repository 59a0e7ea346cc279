import type { SealedPeriod } from '../core/cells.ts'
import type { Progress } from '../core/event-log.ts'
import { readObservations } from '../core/observation-line.ts'
import type { RiskPoint } from '../core/risk.ts'
import { shardOf } from '../core/shard.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import { nothingSaid } from './said.ts'
import { createShardFold } from './shard-fold.ts'
import { emptyShardState } from './shard-state.ts'
import { createSide } from './side.ts'
import { createSurges } from './surges.ts'

/** Lines of the log about one enterprise that came together, then how far time had come. */
export interface FoldStep {
  /** As they stand in the log. */
  readonly lines: readonly string[]
  readonly progress: readonly Progress[]
}

/** The engine's own fold with one enterprise in it: what it says of that one hangs on nobody else in the shard. */
export interface LoneFold {
  /** Takes in a step and answers every point that can be said now, rebuilt ones included. */
  take(step: FoldStep): readonly RiskPoint[]
  /** The first word of time has come. */
  hasBegun(): boolean
  /** Every tick up to here is judged, UTC ms. */
  sealed(): number
  /** The last tick that the feeds had promised to be complete, UTC ms. */
  promised(): number
}

/** `periods`: what the whole city said, oldest first; an excerpt suffices that has what concerns this enterprise. */
export function createLoneFold(enterprise: string, periods: Iterable<SealedPeriod>, policy: CompiledPolicy): LoneFold {
  const side = createSide(policy.periodMs)
  for (const period of periods) side.take(period)
  const fold = createShardFold(emptyShardState(shardOf(enterprise)), side, createSurges(side, policy), policy)
  return {
    take({ lines, progress }) {
      const said = nothingSaid()
      fold.observe(readObservations(Buffer.from(lines.join('\n'))), progress, said)
      fold.elapse(said)
      return said.changes.map(({ point }) => point)
    },
    hasBegun: () => fold.state.start !== 0,
    sealed: () => fold.state.sealed,
    promised: () => fold.state.promised,
  }
}
