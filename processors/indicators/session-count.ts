import { DAY_MS, HOUR_MS } from '../../core/time.ts'
import type { Entry } from '../entry.ts'
import { evidenceOf, type Indicator, type IndicatorOf, NOTHING, saturating } from './indicator.ts'
import type { Reading } from './reading.ts'

/**
 * Facts that follow one another no further apart than `gapHours` are one session; it speaks with its count, or the sum
 * of its values, once that reaches `threshold`: `saturation` of it gives half of the intensity. The gravest session
 * speaks, until `holdDays` after its last fact. A session is a matter of the facts alone: no tick or window cuts it.
 * Facts: none beside the value.
 */
export function createSessionCount(policy: IndicatorOf<'session-count'>): Indicator {
  const gapMs = policy.gapHours * HOUR_MS
  const holdMs = policy.holdDays * DAY_MS
  const amountOf = policy.aggregate === 'count' ? () => 1 : ({ value }: Entry) => value ?? 0

  return {
    policy,
    selections: [policy.select],
    read({ tick }, [counted = []]) {
      let best: Reading = NOTHING
      // From the newest back: what ended too long ago, and all before it, is not looked at.
      for (let last = counted.length - 1; last >= 0; ) {
        const end = counted[last]?.known ?? 0
        if (tick - end > holdMs) break
        let amount = 0
        let first = last
        for (let later = end; first >= 0; first--) {
          const entry = counted[first]
          if (entry === undefined || later - entry.known > gapMs) break
          amount += amountOf(entry)
          later = entry.known
        }
        const intensity = amount < policy.threshold ? 0 : saturating(amount, policy.saturation)
        if (intensity > best.intensity) {
          const evidence = evidenceOf(counted.slice(first + 1, last + 1))
          best = { intensity, measure: String(amount), evidence, until: end + holdMs + 1 }
        }
        last = first
      }
      return best
    },
  }
}
