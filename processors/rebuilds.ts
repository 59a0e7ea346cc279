import type { CompiledPolicy } from './compile-policy.ts'
import type { EnterpriseState } from './enterprise.ts'
import type { SaidPoint } from './evaluate.ts'
import type { ShardState } from './shard-state.ts'
import type { ShardTotals } from './shard-totals.ts'
import type { Side } from './side.ts'
import type { Surges } from './surges.ts'
import { type Timeline, timelineOf } from './timeline.ts'
import type { Timers } from './timers.ts'

/** Corrections of what is already sealed: the enterprise's past is judged anew and only what differs is said. */
export interface Rebuilds {
  /** To be called before the first late entry of an enterprise goes in. */
  before(enterprise: EnterpriseState): void
  /** The points that replace or void what was said; afterwards the enterprise stands as if it had always been so. */
  settle(timers: Timers, totals: ShardTotals): readonly SaidPoint[]
}

export function createRebuilds(state: ShardState, side: Side, surges: Surges, policy: CompiledPolicy): Rebuilds {
  const waiting = new Map<string, Timeline>()
  return {
    before(enterprise) {
      if (!waiting.has(enterprise.id))
        waiting.set(enterprise.id, timelineOf(enterprise, state.sealed, side, surges, policy))
    },
    settle(timers, totals) {
      const said: SaidPoint[] = []
      for (const [id, old] of waiting) {
        const enterprise = state.enterprises.get(id)
        if (enterprise === undefined) continue
        enterprise.revision += 1
        const now = timelineOf(enterprise, state.sealed, side, surges, policy)
        said.push(...difference(old.points, now.points, enterprise.revision))
        totals.move(enterprise.last, now.last)
        enterprise.last = now.last
        enterprise.next = now.next
        timers.add(now.next, id)
      }
      waiting.clear()
      return said
    },
  }
}

function difference(old: readonly SaidPoint[], now: readonly SaidPoint[], revision: number): SaidPoint[] {
  const oldByTick = new Map(old.map(({ point }) => [point.effective, point]))
  const said = now.filter(({ point }) => oldByTick.get(point.effective)?.receipt !== point.receipt)
  const kept = new Set(now.map(({ point }) => point.effective))
  for (const { point } of old) {
    if (kept.has(point.effective)) continue
    const gone = { ...point, revision, removed: 1 } as const
    said.push({ point: gone, line: JSON.stringify(gone) })
  }
  return said.sort((left, right) => left.point.effective - right.point.effective)
}
