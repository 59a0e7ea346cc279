import { DAY_MS } from '../../core/time.ts'
import { evidenceOf, type Indicator, type IndicatorOf, NOTHING } from './indicator.ts'

/** A registered fact of the enterprise, with the intensity that the policy gives each value of it. */
export function createAttribute(policy: IndicatorOf<'attribute'>): Indicator {
  return {
    policy,
    selections: [],
    read({ attributes }) {
      const value = policy.fact === 'industry' ? attributes.industry : (attributes.facts[policy.fact] ?? '')
      const intensity = policy.values[value]
      if (intensity === undefined || intensity === 0) return NOTHING
      return { intensity, measure: value, evidence: [], until: Number.POSITIVE_INFINITY }
    },
  }
}

/** Newness: full on the day of the first selected fact, fading by tenths until `fullDays`. */
export function createAge(policy: IndicatorOf<'age'>): Indicator {
  const stepMs = (policy.fullDays * DAY_MS) / 10
  return {
    policy,
    selections: [policy.select],
    read({ tick }, [counted = []]) {
      const first = counted[0]
      if (first === undefined) return NOTHING
      const steps = Math.floor((tick - first.dated) / stepMs)
      if (steps >= 10) return NOTHING
      return {
        intensity: (10 - Math.max(0, steps)) * 100,
        measure: `${Math.floor((tick - first.dated) / DAY_MS)} d`,
        evidence: evidenceOf([first]),
        until: first.dated + (steps + 1) * stepMs,
      }
    },
  }
}
