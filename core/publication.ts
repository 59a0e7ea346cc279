import { createWorkCalendar, dayNumber, type WorkCalendar } from './calendar.ts'
import type { Observation } from './observation.ts'
import type { PublicationClock, RealmPolicy } from './policy.ts'
import { matcher } from './selection.ts'

/** How long an act took to become public. */
export interface Publicity {
  readonly clock: PublicationClock
  /** Working days after the day of the decision; 0 on that day. */
  readonly workingDays: number
  readonly onTime: boolean
  /** It reaches beyond the years that the calendar covers: a later arrangement may say otherwise. */
  readonly provisional: boolean
}

/** When an act became public: when it says so, else when it became known. UTC ms. */
export function publicAt({ published, known }: Pick<Observation, 'published' | 'known'>): number {
  return published > 0 ? published : known
}

/** Measures acts by the first clock of the policy that is for them; `undefined` for acts that none binds. */
export function createPublicity(
  realm: Pick<RealmPolicy, 'publication' | 'calendar' | 'zoneOffsetMinutes'>,
): (observation: Observation) => Publicity | undefined {
  const calendar = createWorkCalendar(realm.calendar, realm.zoneOffsetMinutes)
  const clocks = (realm.publication ?? []).map((clock) => ({
    clock,
    matches: matcher(clock.select),
    effective: dayNumber(clock.effective),
  }))
  return (observation) => {
    if (observation.decided <= 0 || clocks.length === 0) return undefined
    const decided = calendar.dayOf(observation.decided)
    const found = clocks.find(({ matches, effective }) => decided >= effective && matches(observation))
    if (found === undefined) return undefined
    const shown = calendar.dayOf(publicAt(observation))
    const workingDays = Math.max(0, calendar.between(decided, shown))
    return {
      clock: found.clock,
      workingDays,
      onTime: workingDays <= found.clock.workingDays,
      provisional: calendar.isProvisional(decided) || calendar.isProvisional(shown),
    }
  }
}

/** Working days up to and including each day from `first` to `last`: what a query subtracts two of. */
export function workingDayTable(calendar: WorkCalendar, first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => calendar.between(first - 1, first + index))
}
