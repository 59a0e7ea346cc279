import type { CompiledPolicy } from './compile-policy.ts'
import type { EnterpriseState, LastPoint } from './enterprise.ts'
import type { SaidPoint } from './risk-line.ts'
import type { ShardState } from './shard-state.ts'
import type { ShardTotals } from './shard-totals.ts'
import type { Side } from './side.ts'
import type { Surges } from './surges.ts'
import { type Timeline, timelineOf } from './timeline.ts'
import type { Timers } from './timers.ts'

/** Corrections of what is already sealed: the enterprise's past is judged anew and only what differs is said. */
export interface Rebuilds {
  /**
   * To be called before the first correction of an enterprise goes in. `from`: the first tick that any of them can change;
   * `through`: the last one that was sealed without them.
   */
  before(enterprise: EnterpriseState, from: number, through: number): void
  /** What differs from what was said, as known from the tick `recorded` on; each enterprise then stands as if it had always been so. */
  settle(recorded: number, timers: Timers, totals: ShardTotals): readonly Rebuilt[]
}

export interface Rebuilt {
  readonly enterprise: EnterpriseState
  /** The points that replace or void what was said. */
  readonly points: readonly SaidPoint[]
  /** The last one that holds now; `undefined` where the enterprise has none left. */
  readonly standing: SaidPoint | undefined
  /** What was said last before the correction. */
  readonly before: LastPoint | null
}

export function createRebuilds(state: ShardState, side: Side, surges: Surges, policy: CompiledPolicy): Rebuilds {
  const waiting = new Map<string, { readonly old: Timeline; readonly from: number; readonly through: number }>()
  return {
    before(enterprise, earliest, through) {
      if (waiting.has(enterprise.id)) return
      // What lies before this policy was said under another, and stays as it was said.
      const from = through < policy.from ? earliest : Math.max(earliest, policy.from)
      const old = timelineOf(enterprise, { from, through, recorded: through }, side, surges, policy)
      waiting.set(enterprise.id, { old, from, through })
    },
    settle(recorded, timers, totals) {
      const rebuilt: Rebuilt[] = []
      for (const [id, { old, from, through }] of waiting) {
        const enterprise = state.enterprises.get(id)
        if (enterprise === undefined) continue
        enterprise.revision += 1
        const changed = timelineOf(enterprise, { from, through, recorded }, side, surges, policy)
        const points = difference(old.points, changed.points, enterprise.revision, recorded).filter(
          ({ point }) => point.effective >= policy.from,
        )
        // With nothing in the stretch what stands is older than it, and is looked for in the whole past.
        const isOlder = changed.points.length === 0 && from > 0
        const now = isOlder ? timelineOf(enterprise, { from: 0, through, recorded }, side, surges, policy) : changed
        rebuilt.push({ enterprise, points, standing: now.points.at(-1), before: enterprise.last })
        totals.move(enterprise.last, now.last)
        enterprise.last = now.last
        state.enterprises.setNext(enterprise.number, now.next)
        timers.add(now.next, enterprise.number)
      }
      waiting.clear()
      return rebuilt
    },
  }
}

function difference(
  old: readonly SaidPoint[],
  now: readonly SaidPoint[],
  revision: number,
  recorded: number,
): SaidPoint[] {
  const oldByTick = new Map(old.map(({ point }) => [point.effective, point]))
  const said = now.filter(({ point }) => oldByTick.get(point.effective)?.receipt !== point.receipt)
  const kept = new Set(now.map(({ point }) => point.effective))
  for (const { point } of old) {
    if (kept.has(point.effective)) continue
    const gone = { ...point, revision, recorded, removed: 1 } as const
    said.push({ point: gone, line: JSON.stringify(gone) })
  }
  return said.sort((left, right) => left.point.effective - right.point.effective)
}
