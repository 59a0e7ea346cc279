import { readFileSync } from 'node:fs'
import chineseDays from 'chinese-days'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { civilDay, createWorkCalendar, dayNumber } from './calendar.ts'
import type { CalendarPolicy } from './policy.ts'
import { DAY_MS, HOUR_MS, SHANGHAI_OFFSET_MINUTES } from './time.ts'

const CN: CalendarPolicy = JSON.parse(readFileSync('policies/calendars/cn.json', 'utf8'))
const calendar = createWorkCalendar(CN, SHANGHAI_OFFSET_MINUTES)
const weekdays = createWorkCalendar(undefined, SHANGHAI_OFFSET_MINUTES)
const shanghai = (text: string) => Date.parse(`${text}+08:00`)

describe('the arrangements of the State Council', () => {
  test('agree, day by day over all years covered, with an independent list', () => {
    const wrong: string[] = []
    for (let day = dayNumber('2018-01-01'); day <= dayNumber('2026-12-31'); day++) {
      if (calendar.isWorkingDay(day) !== chineseDays.isWorkday(civilDay(day))) wrong.push(civilDay(day))
    }
    expect(wrong).toEqual([])
  })

  test('name the notice of each year, and each day that is worked for another falls on a weekend', () => {
    for (const { year, document, work } of CN.years) {
      expect(document, String(year)).toMatch(/^国办发明电〔\d{4}〕\d+号/)
      for (const date of work) expect([0, 6], date).toContain(new Date(`${date}T00:00:00Z`).getUTCDay())
    }
  })
})

describe('working days', () => {
  test.each([
    ['2024-02-09', 1, '2024-02-18', 'the Sunday after the Spring Festival is worked'],
    ['2024-04-26', 1, '2024-04-28', 'a Sunday is worked for Labour Day'],
    ['2024-09-30', 3, '2024-10-10', 'seven days off'],
    ['2025-01-24', 2, '2025-01-27', 'the Sunday before the Spring Festival is worked'],
    ['2025-09-26', 7, '2025-10-13', 'Sunday 28 September and Saturday 11 October are worked'],
    ['2026-02-13', 6, '2026-02-28', 'Saturdays 14 and 28 February are worked, nine days between are not'],
    ['2026-01-01', 1, '2026-01-04', 'the Sunday after the New Year is worked'],
    ['2026-11-25', 7, '2026-12-04', 'an ordinary week'],
    ['2026-11-25', 0, '2026-11-25', 'none'],
    ['2026-10-08', -1, '2026-09-30', 'back over the holiday'],
  ])('from %s, %i more is %s: %s', (from, count, to) => {
    expect(civilDay(calendar.add(dayNumber(from), count))).toBe(to)
  })

  test('beyond the years covered every weekday is worked, and is provisional', () => {
    expect(calendar.isProvisional(dayNumber('2026-12-31'))).toBe(false)
    expect(calendar.isProvisional(dayNumber('2027-01-01'))).toBe(true)
    expect(calendar.isProvisional(dayNumber('2017-12-31'))).toBe(true)
    expect(calendar.isWorkingDay(dayNumber('2027-10-01'))).toBe(true)
    expect(civilDay(calendar.add(dayNumber('2026-12-31'), 1))).toBe('2027-01-01')
    expect(weekdays.isProvisional(dayNumber('2026-05-01'))).toBe(true)
  })

  test('a clock of working time stands still from the last midnight of work to the first morning after', () => {
    const eve = shanghai('2026-02-15T00:00:00')
    const morning = shanghai('2026-02-24T00:00:00')
    expect(calendar.worked(morning)).toBe(calendar.worked(eve))
    expect(calendar.worked(morning + HOUR_MS)).toBe(calendar.worked(eve) + HOUR_MS)
    expect(calendar.whenWorked(calendar.worked(morning))).toBe(eve)
    expect(calendar.whenWorked(calendar.worked(eve) + HOUR_MS)).toBe(morning + HOUR_MS)
  })

  test('a year that is left out and a date that does not exist are refused', () => {
    const [one, , three] = CN.years
    if (one === undefined || three === undefined) throw new Error('three years were expected')
    expect(() => createWorkCalendar({ ...CN, years: [one, three] }, 480)).toThrow('gap before 2020')
    expect(() => createWorkCalendar({ ...CN, years: [{ ...one, work: ['2018-02-30'] }] }, 480)).toThrow('2018-02-30')
  })
})

describe.each([
  ['of the State Council', calendar],
  ['without holidays', weekdays],
])('for a calendar %s', (_, one) => {
  const days = fc.integer({ min: dayNumber('2010-01-01'), max: dayNumber('2035-12-31') })
  const counts = fc.integer({ min: -3000, max: 3000 }).filter((count) => count !== 0)

  test('adding and counting are inverse, and what is reached is worked', () => {
    fc.assert(
      fc.property(days, counts, (from, count) => {
        const to = one.add(from, count)
        expect(one.isWorkingDay(to)).toBe(true)
        // The day that one counts back from is counted where it is worked itself.
        const self = count < 0 && !one.isWorkingDay(from) ? 1 : 0
        expect(one.between(from, to)).toBe(count + self)
      }),
    )
  })

  test('counting adds up, and is what counting day by day gives', () => {
    fc.assert(
      fc.property(days, fc.nat(800), fc.nat(800), (from, one1, one2) => {
        const middle = from + one1
        const to = middle + one2
        expect(one.between(from, middle) + one.between(middle, to)).toBe(one.between(from, to))
        let counted = 0
        for (let day = from + 1; day <= to; day++) if (one.isWorkingDay(day)) counted += 1
        expect(one.between(from, to)).toBe(counted)
      }),
    )
  })

  test('the later the day, the later what is reached', () => {
    fc.assert(
      fc.property(days, days, counts, (left, right, count) => {
        const [early, late] = left < right ? [left, right] : [right, left]
        expect(one.add(early, count)).toBeLessThanOrEqual(one.add(late, count))
        expect(one.add(early, count)).toBeLessThan(one.add(early, count + 1))
      }),
    )
  })

  test('working time never runs back, and is shown first when it is said to be', () => {
    const instants = fc.integer({ min: shanghai('2010-01-01T00:00:00'), max: shanghai('2035-12-31T00:00:00') })
    fc.assert(
      fc.property(instants, fc.nat(40 * DAY_MS), (instant, later) => {
        const worked = one.worked(instant)
        expect(one.worked(instant + later)).toBeGreaterThanOrEqual(worked)
        expect(one.worked(instant + later) - worked).toBeLessThanOrEqual(later)
        const first = one.whenWorked(worked)
        expect(first).toBeLessThanOrEqual(instant)
        expect(one.worked(first)).toBe(worked)
        expect(one.worked(first - 1)).toBeLessThan(worked)
      }),
    )
  })
})
