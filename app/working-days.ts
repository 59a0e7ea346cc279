import { createWorkCalendar } from '../core/calendar.ts'
import type { RealmPolicy } from '../core/policy.ts'
import type { AddWorkingDays } from '../core/working-days.ts'

/** Deadlines by the realm's calendar; beyond the years that it covers every weekday counts, and the date is provisional. */
export function workingDays({ calendar, zoneOffsetMinutes }: RealmPolicy): AddWorkingDays {
  const days = createWorkCalendar(calendar, zoneOffsetMinutes)
  return (from, count) => {
    const last = days.add(days.dayOf(from), count)
    return { at: days.startOf(last + 1), provisional: days.isProvisional(last) }
  }
}
