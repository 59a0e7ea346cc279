import { floorToGrid, HOUR_MS } from '../../core/time.ts'
import type { Entry } from '../entry.ts'
import {
  evidenceOf,
  type Indicator,
  type IndicatorContext,
  type IndicatorOf,
  NOTHING,
  saturating,
} from './indicator.ts'
import type { Reading } from './reading.ts'

/**
 * Count, sum or maximum of the facts in a window. `sliding` looks back from every tick; it is read again only where a
 * fact comes or leaves, so that a finer tick costs nothing. `tumbling` says what the last whole window held (windows are
 * aligned to local midnight of the epoch) and nothing of the one that is running. Less than `threshold` says nothing,
 * `saturation` gives half of the intensity. Facts: none beside the value; one without a value has no part in `max`.
 */
export function createWindowCount(policy: IndicatorOf<'window-count'>, { realm }: IndicatorContext): Indicator {
  const windowMs = policy.windowHours * HOUR_MS
  const offset = realm.zoneOffsetMinutes

  function said(entries: readonly Entry[], until: number): Reading {
    const amount = aggregate(policy.aggregate, entries)
    if (amount < policy.threshold) return { ...NOTHING, measure: String(amount), until }
    const speaking = policy.aggregate === 'max' ? entries.filter(({ value }) => value === amount) : entries
    return {
      intensity: saturating(amount, policy.saturation),
      measure: String(amount),
      evidence: evidenceOf(speaking),
      until,
    }
  }

  return {
    policy,
    selections: [policy.select],
    isSteady: true,
    read({ tick }, [counted = []]) {
      if (policy.mode === 'sliding') {
        const recent = counted.slice(firstAtOrAfter(counted, tick - windowMs))
        const first = recent[0]
        return first === undefined ? NOTHING : said(recent, first.known + windowMs + 1)
      }
      const end = floorToGrid(tick, windowMs, offset)
      const from = firstAtOrAfter(counted, end - windowMs)
      if (from === counted.length) return NOTHING
      return said(counted.slice(from, firstAtOrAfter(counted, end)), end + windowMs)
    },
  }
}

function aggregate(how: 'count' | 'sum' | 'max', entries: readonly Entry[]): number {
  if (how === 'count') return entries.length
  if (how === 'sum') return entries.reduce((sum, { value }) => sum + (value ?? 0), 0)
  return entries.reduce((most, { value }) => (value === null ? most : Math.max(most, value)), Number.NEGATIVE_INFINITY)
}

/** Index of the first entry known at or after `instant`; entries are in the order of time. */
function firstAtOrAfter(entries: readonly Entry[], instant: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((entries[middle]?.known ?? 0) < instant) low = middle + 1
    else high = middle
  }
  return low
}
