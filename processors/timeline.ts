import { floorToGrid } from '../core/time.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import type { Attributes, EnterpriseState, LastPoint } from './enterprise.ts'
import { FOREVER, isStanding } from './entry.ts'
import { evaluate, isChange, toLastPoint } from './evaluate.ts'
import { type SaidPoint, toRiskPoint } from './risk-line.ts'
import type { Side } from './side.ts'
import type { Surges } from './surges.ts'

/** The first tick that sees what was known at `instant`. */
export function tickAfter(instant: number, policy: CompiledPolicy): number {
  return floorToGrid(instant, policy.tickMs, policy.realm.zoneOffsetMinutes) + policy.tickMs
}

/** The first tick at or after `instant`. */
export function tickAtOrAfter(instant: number, policy: CompiledPolicy): number {
  const floor = floorToGrid(instant, policy.tickMs, policy.realm.zoneOffsetMinutes)
  return floor === instant ? floor : floor + policy.tickMs
}

export interface Timeline {
  readonly points: readonly SaidPoint[]
  readonly last: LastPoint | null
  /** The tick at which time alone may change it next. */
  readonly next: number
}

/** Ticks, UTC ms. */
export interface Stretch {
  /** The first tick whose point is wanted, 0 for the whole past. */
  readonly from: number
  /** The last one. */
  readonly through: number
  /** The tick that knows of it. */
  readonly recorded: number
  /** What stood before the stretch may be false: its first tick has a point, whether or not it says anything new. */
  readonly isCut?: boolean
}

/**
 * A stretch of one enterprise's past, judged anew from its entries: the same points that the stream said as it went, or
 * would have said had the record been right from the start.
 */
export function timelineOf(
  enterprise: EnterpriseState,
  { from, through, recorded, isCut = false }: Stretch,
  side: Side,
  surges: Surges,
  policy: CompiledPolicy,
): Timeline {
  const points: SaidPoint[] = []
  let last: LastPoint | null = null
  let next = FOREVER
  let attributes: Attributes | undefined
  const standing = enterprise.entries.filter(isStanding)
  if (standing.length === 0) return { points, last, next }
  const arrivals = [...new Set(standing.map((entry) => tickAfter(entry.known, policy)))].sort((a, b) => a - b)
  let arrival = 0
  let tick = arrivals[0] ?? Number.POSITIVE_INFINITY
  const before = from - policy.tickMs
  if (tick <= before) {
    // A score stays as it is from one point to the next: what holds just before the stretch is what was said last.
    last = isCut ? null : toLastPoint(before, evaluate(enterprise, before, side, policy))
    tick = from
  }
  let sideChange = 0
  while (tick <= through) {
    const evaluation = evaluate(enterprise, tick, side, policy)
    // Until the city's next change comes, or the enterprise moves, it is looked for once.
    if (tick >= sideChange || evaluation.attributes !== attributes) {
      sideChange = nextSideChange(evaluation.attributes, tick, through, side, surges, policy)
    }
    attributes = evaluation.attributes
    if (isChange(last, evaluation) || tick === policy.from) {
      points.push(toRiskPoint(enterprise, tick, evaluation, policy, recorded))
      last = toLastPoint(tick, evaluation)
    }
    next = nextTick(tick, evaluation.until, policy)
    while ((arrivals[arrival] ?? Number.POSITIVE_INFINITY) <= tick) arrival += 1
    tick = Math.min(
      arrivals[arrival] ?? Number.POSITIVE_INFINITY,
      next,
      tick < policy.from ? policy.from : FOREVER,
      sideChange,
    )
  }
  return { points, last, next }
}

/** The tick after `tick` at which a reading that holds until `until` must be taken again, or FOREVER. */
export function nextTick(tick: number, until: number, policy: CompiledPolicy): number {
  return until >= FOREVER ? FOREVER : Math.max(tick + policy.tickMs, tickAtOrAfter(until, policy))
}

function nextSideChange(
  attributes: Attributes,
  after: number,
  through: number,
  side: Side,
  surges: Surges,
  policy: CompiledPolicy,
): number {
  const { place, owners } = attributes
  const ofOwners = owners.length === 0 ? FOREVER : side.nextChangeOf(owners, after)
  if (place === '') return ofOwners
  const { periodMs, realm } = policy
  let tick = floorToGrid(after, periodMs, realm.zoneOffsetMinutes) + periodMs
  for (; tick <= through && tick < ofOwners; tick += periodMs) if (surges.changes(place, tick)) return tick
  return ofOwners
}
