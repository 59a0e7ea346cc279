import { UnusableValue } from './errors.ts'
import type { CalendarPolicy, CalendarYear } from './policy.ts'
import { DAY_MS, MINUTE_MS } from './time.ts'

/**
 * Arithmetic of working days. A day is a number, civil days since 1970-01-01 in the realm's zone. Outside the years that
 * the calendar covers every weekday is worked, and the answer is provisional: an arrangement that is published later may
 * change it. Nothing here loops over days: counts are differences of prefix sums.
 */
export interface WorkCalendar {
  dayOf(instant: number): number
  /** Local midnight at which the day begins, UTC ms. */
  startOf(day: number): number
  isWorkingDay(day: number): boolean
  /** Beyond the years covered. */
  isProvisional(day: number): boolean
  /** The `count`-th working day after `day`; `day` itself where `count` is 0. Negative counts go back. */
  add(day: number, count: number): number
  /** Working days after `from` up to and including `to`; negative where `to` lies before `from`. */
  between(from: number, to: number): number
  /** A clock that stands still on days off: working milliseconds that have passed at an instant. Never falls. */
  worked(instant: number): number
  /** The first instant at which that clock shows `worked`. */
  whenWorked(worked: number): number
}

/** 1970-01-01 was a Thursday: three days after a Monday. */
const MONDAY_OFFSET = 3
const WEEK = 7
const WORKED_OF_WEEK = 5

/** Weekdays before `day`, counted from a Monday. */
function weekdaysBefore(day: number): number {
  const shifted = day + MONDAY_OFFSET
  const week = Math.floor(shifted / WEEK)
  return week * WORKED_OF_WEEK + Math.min(shifted - week * WEEK, WORKED_OF_WEEK)
}

/** The weekday with that many weekdays before it. */
function weekdayAt(index: number): number {
  const week = Math.floor(index / WORKED_OF_WEEK)
  return week * WEEK + (index - week * WORKED_OF_WEEK) - MONDAY_OFFSET
}

/** Civil date as a day number. Errors: `UnusableValue` for a date that does not exist. */
export function dayNumber(date: string): number {
  const instant = Date.parse(`${date}T00:00:00Z`)
  if (Number.isNaN(instant) || new Date(instant).toISOString().slice(0, 10) !== date) {
    throw new UnusableValue({ zh: `${date} 不是历法中的日期`, en: `${date} is no date of the calendar` })
  }
  return instant / DAY_MS
}

/** A day number as a civil date. */
export function civilDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** Errors: `UnusableValue` for years that leave a gap and for dates that do not exist. Without a policy every weekday is worked. */
export function createWorkCalendar(policy: CalendarPolicy | undefined, offsetMinutes: number): WorkCalendar {
  const offset = offsetMinutes * MINUTE_MS
  const years = policy?.years ?? []
  const first = years[0] === undefined ? 0 : dayNumber(`${years[0].year}-01-01`)
  const end = years.length === 0 ? 0 : dayNumber(`${(years.at(-1)?.year ?? 0) + 1}-01-01`)
  const covered = prefixSums(years, first, end)
  const base = weekdaysBefore(first)
  /** How many days more (or fewer) are worked in the years covered than weekdays fall into them. */
  const surplus = base + (covered.at(-1) ?? 0) - weekdaysBefore(end)

  const dayOf = (instant: number) => Math.floor((instant + offset) / DAY_MS)
  const startOf = (day: number) => day * DAY_MS - offset

  /** Working days before `day`. */
  function before(day: number): number {
    if (day <= first) return weekdaysBefore(day)
    if (day >= end) return weekdaysBefore(day) + surplus
    return base + (covered[day - first] ?? 0)
  }

  /** The working day with that many working days before it. */
  function at(index: number): number {
    if (index < base) return weekdayAt(index)
    if (index >= base + (covered.at(-1) ?? 0)) return weekdayAt(index - surplus)
    let low = 0
    let high = end - first
    while (low < high) {
      const middle = (low + high) >> 1
      if ((covered[middle + 1] ?? 0) > index - base) high = middle
      else low = middle + 1
    }
    return first + low
  }

  const isWorkingDay = (day: number) => before(day + 1) > before(day)

  return {
    dayOf,
    startOf,
    isWorkingDay,
    isProvisional: (day) => day < first || day >= end,
    add(day, count) {
      if (count === 0) return day
      return count > 0 ? at(before(day + 1) + count - 1) : at(before(day) + count)
    },
    between: (from, to) => before(to + 1) - before(from + 1),
    worked(instant) {
      const day = dayOf(instant)
      return before(day) * DAY_MS + (isWorkingDay(day) ? instant - startOf(day) : 0)
    },
    whenWorked(worked) {
      // A whole number of days is reached at the end of the last of them, before any day off that follows.
      const days = Math.ceil(worked / DAY_MS) - 1
      return startOf(at(days)) + (worked - days * DAY_MS)
    },
  }
}

/** Working days from `first` to each day up to `end`. */
function prefixSums(years: readonly CalendarYear[], first: number, end: number): Int32Array {
  const gap = years.find(({ year }, index) => index > 0 && year !== (years[index - 1]?.year ?? 0) + 1)
  if (gap !== undefined)
    throw new UnusableValue({
      zh: `日历在 ${gap.year} 年之前有缺口`,
      en: `the calendar leaves a gap before ${gap.year}`,
    })
  const off = new Set<number>()
  const on = new Set<number>()
  for (const { rest, work } of years) {
    for (const [from, to] of rest) for (let day = dayNumber(from); day <= dayNumber(to); day++) off.add(day)
    for (const date of work) on.add(dayNumber(date))
  }
  const sums = new Int32Array(end - first + 1)
  for (let day = first; day < end; day++) {
    const isWeekday = weekdaysBefore(day + 1) > weekdaysBefore(day)
    const isWorked = on.has(day) || (isWeekday && !off.has(day))
    sums[day - first + 1] = (sums[day - first] ?? 0) + (isWorked ? 1 : 0)
  }
  return sums
}
