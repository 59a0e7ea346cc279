import type { IndicatorPolicy } from '../core/indicator-policy.ts'
import type { Signal } from '../core/risk.ts'
import { contributions } from './combine.ts'
import type { Reading } from './indicators/reading.ts'

/** An indicator that says something. */
export interface SpeakingPart {
  readonly indicator: IndicatorPolicy
  readonly reading: Reading
  readonly weight: number
  readonly intensity: number
}

/** What each part says and what share of the risk it has. */
export function signalsOf(parts: readonly SpeakingPart[], risk: number): Signal[] {
  const points = contributions(parts, risk)
  return parts.map(({ indicator, reading }, index) => ({
    evidence: reading.evidence,
    indicator: indicator.id,
    intensity: reading.intensity,
    measure: reading.measure,
    points: points[index] ?? 0,
  }))
}

/** The signal that weighs most; empty where nothing speaks. */
export function gravestIndicator(signals: readonly Signal[]): string {
  let gravest = ''
  let points = 0
  for (const signal of signals) {
    if (signal.points <= points) continue
    points = signal.points
    gravest = signal.indicator
  }
  return gravest
}
