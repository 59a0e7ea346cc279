import { DAY_MS } from '../../core/time.ts'
import { type Indicator, type IndicatorOf, NOTHING, perMille } from './indicator.ts'

/**
 * Nothing of a kind for `afterDays`, counted from the last such fact: who never had one owes none. Grows by tenths until
 * `fullDays`. While the feed is broken no tick is sealed on its account, so its silence is never taken for the enterprise's.
 */
export function createAbsence(policy: IndicatorOf<'absence'>): Indicator {
  const afterMs = policy.afterDays * DAY_MS
  const spanMs = Math.max(DAY_MS, (policy.fullDays - policy.afterDays) * DAY_MS)
  const stepMs = spanMs / 10
  return {
    policy,
    selections: [policy.select],
    read({ tick }, [counted = []]) {
      const newest = counted.at(-1)
      if (newest === undefined) return NOTHING
      const since = newest.known
      const silentMs = tick - since
      if (silentMs <= afterMs) return { ...NOTHING, measure: '0', until: since + afterMs + 1 }
      const steps = Math.min(10, 1 + Math.floor((silentMs - afterMs) / stepMs))
      return {
        intensity: perMille(steps, 10),
        measure: `${Math.floor(silentMs / DAY_MS)} d`,
        evidence: [newest.id],
        until: steps < 10 ? since + afterMs + steps * stepMs : Number.POSITIVE_INFINITY,
      }
    },
  }
}
