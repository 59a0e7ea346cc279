import type { RealmPolicy } from '../core/policy.ts'
import type { RiskPoint } from '../core/risk.ts'
import { judgeLevel, type Level } from './level.ts'
import type { Part } from './reason-text.ts'

/** What is kept of a risk point: enough to say again what was in force when a later one turns out wrong. */
export interface KeptPoint {
  readonly effective: number
  readonly revision: number
  readonly removed: 0 | 1
  readonly risk: number
  /** The largest parts first. */
  readonly parts: readonly Part[]
  /** Observation ids of those parts in turn; empty below every warning band. */
  readonly evidence: readonly string[]
}

/**
 * The last points of one enterprise in the order in which they take effect, removed ones as marks, and what came
 * before them in two numbers: bounded, and yet a correction of any of the kept points gives the level that would have
 * been.
 */
export interface PointHistory {
  readonly base: { readonly effective: number; readonly risk: number; readonly level: Level }
  readonly points: readonly KeptPoint[]
}

export const KEPT_POINTS = 8
const KEPT_PARTS = 5
const KEPT_EVIDENCE = 20

export const NO_POINTS: PointHistory = { base: { effective: 0, risk: 0, level: 'none' }, points: [] }

/** `forward`: newer than all; `rewrites`: changes, voids or fills in what is kept; `stale`: known already, or too old. */
export function placeOf(history: PointHistory, point: RiskPoint): 'forward' | 'rewrites' | 'stale' {
  const last = history.points.at(-1)
  if (point.effective > (last?.effective ?? history.base.effective)) return 'forward'
  if (point.effective <= history.base.effective) return 'stale'
  const same = history.points.find((kept) => kept.effective === point.effective)
  return same !== undefined && same.revision >= point.revision ? 'stale' : 'rewrites'
}

export function withPoint(history: PointHistory, point: KeptPoint, policy: RealmPolicy): PointHistory {
  const others = history.points.filter((kept) => kept.effective !== point.effective)
  const after = others.findIndex((kept) => kept.effective > point.effective)
  const points = after < 0 ? [...others, point] : [...others.slice(0, after), point, ...others.slice(after)]
  const [oldest, ...rest] = points
  if (points.length <= KEPT_POINTS || oldest === undefined) return { base: history.base, points }
  const { effective, risk, removed } = oldest
  if (removed === 1) return { base: { ...history.base, effective }, points: rest }
  const { level } = judgeLevel(history.base.level, risk, policy.warnings, policy.warningHysteresis)
  return { base: { effective, risk, level }, points: rest }
}

export interface Standing {
  readonly level: Level
  readonly held: boolean
  readonly risk: number
  readonly parts: readonly Part[]
  readonly evidence: readonly string[]
}

/** What is in force after the kept points, the hysteresis followed from one to the next. */
export function standingOf(history: PointHistory, policy: RealmPolicy): Standing {
  let { level, risk }: { level: Level; risk: number } = history.base
  let held = false
  let inForce: KeptPoint | undefined
  for (const point of history.points) {
    if (point.removed === 1) continue
    risk = point.risk
    ;({ level, held } = judgeLevel(level, risk, policy.warnings, policy.warningHysteresis))
    inForce = point
  }
  return { level, held, risk, parts: inForce?.parts ?? [], evidence: inForce?.evidence ?? [] }
}

export function keep(point: RiskPoint, policy: RealmPolicy): KeptPoint {
  const gravest = [...point.signals].sort((a, b) => b.points - a.points || (a.indicator < b.indicator ? -1 : 1))
  const lowest = Math.min(...policy.warnings.map((band) => band.from)) - policy.warningHysteresis
  const evidence = point.risk < lowest ? [] : [...new Set(gravest.flatMap((signal) => signal.evidence))]
  return {
    effective: point.effective,
    revision: point.revision,
    removed: point.removed,
    risk: point.risk,
    parts: gravest.slice(0, KEPT_PARTS).map((signal) => [signal.indicator, signal.points] as const),
    evidence: evidence.slice(0, KEPT_EVIDENCE),
  }
}
