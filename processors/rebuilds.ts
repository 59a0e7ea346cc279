import { floorToGrid } from '../core/time.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import { REACH_MS } from './corrections.ts'
import type { EnterpriseState, LastPoint } from './enterprise.ts'
import { type CountedFacts, countedFacts, restate } from './restate.ts'
import type { SaidPoint } from './risk-line.ts'
import type { ShardState } from './shard-state.ts'
import type { ShardTotals } from './shard-totals.ts'
import type { Side } from './side.ts'
import type { Surges } from './surges.ts'
import { type Stretch, type Timeline, timelineOf } from './timeline.ts'
import type { Timers } from './timers.ts'

/**
 * Corrections of what is already sealed: the enterprise's past is judged anew and only what differs is said, of its
 * scores and of what it had counted into cells.
 */
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
  const waiting = new Map<string, Waiting>()
  return {
    before(enterprise, earliest, through) {
      if (waiting.has(enterprise.id)) return
      // What lies before this policy was said under another, and stays as it was said.
      const ofPolicy = through < policy.from ? earliest : Math.max(earliest, policy.from)
      const oldest = oldestTick(through, policy)
      const stretch = { from: Math.max(ofPolicy, oldest), through, recorded: through, isCut: ofPolicy < oldest }
      const old = timelineOf(enterprise, stretch, side, surges, policy)
      const counted = countedFacts(enterprise, oldest, through, policy)
      waiting.set(enterprise.id, { old, counted, stretch })
    },
    settle(recorded, timers, totals) {
      const rebuilt: Rebuilt[] = []
      for (const [id, { old, counted, stretch }] of waiting) {
        const enterprise = state.enterprises.get(id)
        if (enterprise === undefined) continue
        enterprise.revision += 1
        const { from, through } = stretch
        const oldest = oldestTick(through, policy)
        restate(state.open, enterprise, counted, countedFacts(enterprise, oldest, through, policy), recorded, policy)
        const changed = timelineOf(enterprise, { ...stretch, recorded }, side, surges, policy)
        const points = difference(old.points, changed.points, enterprise.revision, recorded).filter(
          ({ point }) => point.effective >= policy.from,
        )
        // With nothing in the stretch what stands is older than it, and is looked for as far back as the city is known.
        const isOlder = changed.points.length === 0 && from > oldest
        const wider = { from: oldest, through, recorded, isCut: true }
        const now = isOlder ? timelineOf(enterprise, wider, side, surges, policy) : changed
        const standing = now.points.at(-1)
        rebuilt.push({ enterprise, points, standing, before: enterprise.last })
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

/** How an enterprise stood before corrections of it went in. */
interface Waiting {
  readonly old: Timeline
  readonly counted: CountedFacts
  readonly stretch: Stretch
}

/** The first tick that a correction can change. */
function oldestTick(through: number, policy: CompiledPolicy): number {
  return floorToGrid(through - REACH_MS, policy.tickMs, policy.realm.zoneOffsetMinutes)
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
