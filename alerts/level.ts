import type { WarningBand } from '../core/policy.ts'
import type { WarningLevel } from '../core/risk.ts'

/** `none`: nothing that needs a person. */
export type Level = 'none' | WarningLevel

const RANKS: Readonly<Record<Level, number>> = { none: 0, blue: 1, yellow: 2, orange: 3, red: 4 }

/** Positive where `left` is the graver one. */
export function compareLevels(left: Level, right: Level): number {
  return RANKS[left] - RANKS[right]
}

export function graver(left: Level, right: Level): Level {
  return compareLevels(left, right) >= 0 ? left : right
}

/** `held`: the risk is under its band, and only the hysteresis keeps the level. */
export interface LevelVerdict {
  readonly level: Level
  readonly held: boolean
}

/** A level is taken at its band's `from` and given up only below `from - hysteresis`; both in points of 0–1000. */
export function judgeLevel(
  previous: Level,
  risk: number,
  bands: readonly WarningBand[],
  hysteresis: number,
): LevelVerdict {
  let reached: Level = 'none'
  let kept: Level = 'none'
  for (const band of bands) {
    if (risk >= band.from) reached = graver(reached, band.level)
    if (risk >= band.from - hysteresis && compareLevels(band.level, previous) <= 0) kept = graver(kept, band.level)
  }
  return compareLevels(kept, reached) > 0 ? { level: kept, held: kept === previous } : { level: reached, held: false }
}
