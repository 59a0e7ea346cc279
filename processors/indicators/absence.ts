import { DAY_MS } from '../../core/time.ts'
import { type Indicator, type IndicatorContext, type IndicatorOf, NOTHING, perMille } from './indicator.ts'
import { createQuietTime, type Quiet, quietAt } from './quiet-time.ts'

const NO_TURNS: readonly number[] = []
const ASIDE: Readonly<Record<Quiet, string>> = {
  'enterprise-silent': '',
  'feed-broken': ', feed broken',
  'day-off': ', day off',
}

/**
 * Nothing of a kind for `afterDays`, counted from the last such fact: who never had one owes none. Grows by tenths until
 * `fullDays`. Time in which the feed was broken (entries of the log say when) is not counted: the indicator holds, so
 * that a feed's silence is never taken for the enterprise's, and what would have fallen due meanwhile is spread out
 * after it as it was before. With `workingDays` it holds on days off as well.
 */
export function createAbsence(policy: IndicatorOf<'absence'>, { calendar }: IndicatorContext): Indicator {
  const worked = policy.workingDays === true ? calendar : undefined
  const quiet = createQuietTime(worked)
  const unit = worked === undefined ? 'd' : 'working d'
  const afterMs = policy.afterDays * DAY_MS
  const spanMs = Math.max(DAY_MS, (policy.fullDays - policy.afterDays) * DAY_MS)
  const stepMs = spanMs / 10
  return {
    policy,
    selections: [policy.select],
    read({ tick, side }, [counted = []]) {
      const newest = counted.at(-1)
      if (newest === undefined) return NOTHING
      const since = newest.known
      const turns = side.outages[policy.feed] ?? NO_TURNS
      const silentMs = quiet.passed(since, tick, turns)
      if (silentMs <= afterMs) {
        return { ...NOTHING, measure: '0', until: quiet.reaches(since, tick, afterMs + 1, turns) }
      }
      const steps = Math.min(10, 1 + Math.floor((silentMs - afterMs) / stepMs))
      return {
        intensity: perMille(steps, 10),
        measure: `${Math.floor(silentMs / DAY_MS)} ${unit}${ASIDE[quietAt(tick, turns, worked)]}`,
        evidence: [newest.id],
        until: steps < 10 ? quiet.reaches(since, tick, afterMs + steps * stepMs, turns) : Number.POSITIVE_INFINITY,
      }
    },
  }
}
