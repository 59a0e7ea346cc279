import { DAY_MS } from '../../core/time.ts'
import { type Indicator, type IndicatorOf, NOTHING, perMille } from './indicator.ts'

/**
 * A promise with a date (fact `deadline`, UTC ms) whose outcome has not come by then. Grows from the deadline until
 * `fullDays` later, in tenths; ends the moment an outcome with the same fact `match` is known.
 */
export function createDeadline(policy: IndicatorOf<'deadline'>): Indicator {
  const fullMs = policy.fullDays * DAY_MS
  const stepMs = fullMs / 10
  return {
    policy,
    selections: [policy.select, policy.outcome],
    read({ tick }, [promised = [], outcomes = []]) {
      if (promised.length === 0) return NOTHING
      const done = new Set(outcomes.map((entry) => entry.facts?.[policy.match]))
      let overdueMs = -1
      let until = Number.POSITIVE_INFINITY
      const evidence: string[] = []
      for (const promise of promised) {
        const deadline = Number(promise.facts?.deadline)
        if (!(deadline > 0) || done.has(promise.facts?.[policy.match])) continue
        if (deadline >= tick) {
          until = Math.min(until, deadline + 1)
          continue
        }
        overdueMs = Math.max(overdueMs, tick - deadline)
        evidence.unshift(promise.id)
      }
      if (overdueMs < 0) return { ...NOTHING, until }
      const steps = Math.min(10, 1 + Math.floor(overdueMs / stepMs))
      if (steps < 10) until = Math.min(until, tick - overdueMs + steps * stepMs)
      return {
        intensity: perMille(steps, 10),
        measure: `${evidence.length} (${Math.floor(overdueMs / DAY_MS)} d)`,
        evidence: evidence.slice(0, 5),
        until,
      }
    },
  }
}
