import type { WorkCalendar } from '../../core/calendar.ts'

/**
 * A clock of silence: it stands still while the feed was broken, as nobody could be heard then, and on days off where it
 * is told to keep to working days. `turns` as in `Outages`.
 */
export interface QuietTime {
  /** What has passed on it between two instants, milliseconds. */
  passed(since: number, tick: number, turns: readonly number[]): number
  /** The first instant after `tick` at which `target` has passed since `since`; Infinity while the feed is broken. */
  reaches(since: number, tick: number, target: number, turns: readonly number[]): number
}

const NO_TURNS: readonly number[] = []

export function createQuietTime(calendar: WorkCalendar | undefined): QuietTime {
  const clock = calendar === undefined ? (instant: number) => instant : calendar.worked
  const when = calendar === undefined ? (shown: number) => shown : calendar.whenWorked

  function passed(since: number, tick: number, turns: readonly number[]): number {
    let total = clock(tick) - clock(since)
    for (let i = 0; i < turns.length; i += 2) {
      const broke = Math.max(turns[i] ?? tick, since)
      if (broke >= tick) break
      const well = Math.min(turns[i + 1] ?? tick, tick)
      if (well > broke) total -= clock(well) - clock(broke)
    }
    return total
  }

  return {
    passed,
    reaches(since, tick, target, turns) {
      let at = tick
      let left = target - passed(since, tick, turns)
      for (let i = 0; i < turns.length; i += 2) {
        const well = turns[i + 1] ?? Number.POSITIVE_INFINITY
        if (well <= at) continue
        const broke = turns[i] ?? well
        const reached = when(clock(at) + left)
        if (reached <= broke) return reached
        if (broke > at) left -= clock(broke) - clock(at)
        at = well
        if (at === Number.POSITIVE_INFINITY) return at
      }
      return when(clock(at) + left)
    },
  }
}

/** Why nothing is heard at an instant: the three must not be taken for one another. */
export type Quiet = 'enterprise-silent' | 'feed-broken' | 'day-off'

export function quietAt(instant: number, turns: readonly number[] = NO_TURNS, calendar?: WorkCalendar): Quiet {
  for (let i = 0; i < turns.length; i += 2) {
    if ((turns[i] ?? instant) < instant && instant <= (turns[i + 1] ?? Number.POSITIVE_INFINITY)) return 'feed-broken'
  }
  // What a tick sees ended just before it: midnight belongs to the day that is over.
  if (calendar !== undefined && !calendar.isWorkingDay(calendar.dayOf(instant - 1))) return 'day-off'
  return 'enterprise-silent'
}
