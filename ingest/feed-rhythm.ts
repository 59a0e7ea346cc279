import type { WorkCalendar } from '../core/calendar.ts'
import type { FeedPolicy } from '../core/feed-policy.ts'
import { MINUTE_MS } from '../core/time.ts'

/** How often a feed is expected to bring something, on every day or on working days alone. */
export interface FeedRhythm {
  readonly ms: number
  /** How much of the rhythm's time passes between two instants, milliseconds; none of it on its days off. */
  passed(from: number, to: number): number
  /** Number of the span of one rhythm that an instant falls into. */
  span(instant: number): number
}

export function feedRhythm(
  { lateAfterMinutes, workingDays }: Pick<FeedPolicy, 'lateAfterMinutes' | 'workingDays'>,
  calendar: WorkCalendar,
): FeedRhythm {
  const ms = lateAfterMinutes * MINUTE_MS
  const shown = workingDays === true ? calendar.worked : (instant: number) => instant
  return {
    ms,
    passed: (from, to) => shown(to) - shown(from),
    span: (instant) => Math.floor(shown(instant) / ms),
  }
}
