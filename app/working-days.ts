import { DAY_MS, floorToGrid, MINUTE_MS } from '../core/time.ts'
import type { AddWorkingDays } from '../core/working-days.ts'

const SATURDAY = 6

/**
 * Working days by the week alone, without the calendar of holidays and make-up days: every date is provisional, and a
 * clock may end too early around a holiday.
 */
export function weekdays(zoneOffsetMinutes: number): AddWorkingDays {
  return (from, days) => {
    let day = floorToGrid(from, DAY_MS, zoneOffsetMinutes)
    for (let left = days; left > 0; ) {
      day += DAY_MS
      const weekday = new Date(day + zoneOffsetMinutes * MINUTE_MS).getUTCDay()
      if (weekday !== 0 && weekday !== SATURDAY) left -= 1
    }
    return { at: day + DAY_MS, provisional: true }
  }
}
