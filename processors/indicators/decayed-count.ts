import type { DecayTable } from '../../core/indicator-policy.ts'
import { DAY_MS } from '../../core/time.ts'
import {
  evidenceOf,
  type Indicator,
  type IndicatorContext,
  type IndicatorOf,
  NOTHING,
  saturating,
} from './indicator.ts'

/** The weight of the step that holds at an age, and when the next step begins. */
export function decayAt(table: DecayTable, dated: number, tick: number): { weight: number; until: number } {
  const age = tick - dated
  let weight = 0
  for (const [ageDays, step] of table) {
    const begins = ageDays * DAY_MS
    if (begins > age) return { weight, until: dated + begins }
    weight = step
  }
  return { weight, until: Number.POSITIVE_INFINITY }
}

/**
 * Facts counted with a weight that falls by steps with their age (the table is policy), saturating: `saturation` facts
 * of full weight give half of the intensity. With `byValue`, a fact counts value / byValue times, at most tenfold. With
 * `lacking` the intensity is what is missing to 1000, so that whoever never had such a fact stands at 1000.
 */
export function createDecayedCount(policy: IndicatorOf<'decayed-count'>, { realm }: IndicatorContext): Indicator {
  const table = realm.decays[policy.decay]
  if (table === undefined) throw new RangeError(`indicator ${policy.id} names an unknown decay table ${policy.decay}`)
  const lacking = policy.lacking === true
  const none = lacking ? { ...NOTHING, intensity: 1000 } : NOTHING
  return {
    policy,
    selections: [policy.select],
    speaksOfLack: lacking,
    isSteady: true,
    read({ tick }, [counted = []]) {
      if (counted.length === 0) return none
      let sum = 0
      let until = Number.POSITIVE_INFINITY
      for (const entry of counted) {
        const decay = decayAt(table, entry.dated, tick)
        if (decay.until < until) until = decay.until
        if (decay.weight === 0) continue
        const times =
          policy.byValue === undefined
            ? 1000
            : Math.min(10_000, Math.round(((entry.value ?? 0) * 1000) / policy.byValue))
        sum += Math.floor((decay.weight * times) / 1000)
      }
      if (sum === 0) return { ...none, until }
      const intensity = saturating(sum, policy.saturation * 1000)
      return {
        intensity: lacking ? 1000 - intensity : intensity,
        measure: (sum / 1000).toFixed(2),
        evidence: evidenceOf(counted),
        until,
      }
    },
  }
}
