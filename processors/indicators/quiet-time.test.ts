import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createWorkCalendar } from '../../core/calendar.ts'
import { HOUR_MS } from '../../core/time.ts'
import { CN } from '../../test/support/indicator-view.ts'
import { day, NEW_YEAR } from '../../test/support/observations.ts'
import { createQuietTime, quietAt } from './quiet-time.ts'

const calendar = createWorkCalendar(CN, 480)
const HOURS = 24 * 80
const hour = (count: number) => NEW_YEAR + count * HOUR_MS

describe.each([
  ['on every day', undefined],
  ['on working days', calendar],
])('silence that is counted %s', (_, worked) => {
  const quiet = createQuietTime(worked)
  const counts = (at: number, turns: readonly number[]) =>
    quietAt(at + HOUR_MS / 2, turns, worked) === 'enterprise-silent' ? HOUR_MS : 0
  const turns = fc
    .uniqueArray(fc.integer({ min: 0, max: HOURS }), { maxLength: 9 })
    .map((hours) => hours.sort((one, other) => one - other).map(hour))

  test('is what counting hour by hour gives, hours of a broken feed and days off left out', () => {
    fc.assert(
      fc.property(turns, fc.nat(HOURS / 2), fc.nat(HOURS / 2), (broken, from, length) => {
        let counted = 0
        for (let at = from; at < from + length; at++) counted += counts(hour(at), broken)
        expect(quiet.passed(hour(from), hour(from + length), broken)).toBe(counted)
      }),
      { numRuns: 60 },
    )
  })

  test('reaches a length first when it says so, and never while the feed is broken', () => {
    fc.assert(
      fc.property(
        turns,
        fc.nat(HOURS / 2),
        fc.nat(HOURS / 2),
        fc.integer({ min: 1, max: 600 }),
        (broken, from, on, more) => {
          const [since, tick] = [hour(from), hour(from + on)]
          const target = quiet.passed(since, tick, broken) + more * HOUR_MS
          const reached = quiet.reaches(since, tick, target, broken)
          if (reached === Number.POSITIVE_INFINITY) {
            expect(broken.length % 2).toBe(1)
            expect(quiet.passed(since, hour(HOURS * 20), broken)).toBeLessThan(target)
          } else {
            expect(reached).toBeGreaterThan(tick)
            expect(quiet.passed(since, reached, broken)).toBe(target)
            expect(quiet.passed(since, reached - 1, broken)).toBeLessThan(target)
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})

test('why nothing is heard: the enterprise, its feed or the holiday', () => {
  const broken = [day(40), day(42), day(60)]
  expect(quietAt(day(39.5), broken, calendar)).toBe('enterprise-silent')
  expect(quietAt(day(41), broken, calendar)).toBe('feed-broken')
  expect(quietAt(day(42) + 1, broken, calendar)).toBe('enterprise-silent')
  expect(quietAt(day(90), broken, calendar)).toBe('feed-broken')
  // 2026-02-17 is New Year's Day of the lunar calendar.
  expect(quietAt(day(47.5), broken, calendar)).toBe('day-off')
  expect(quietAt(day(47.5), broken)).toBe('enterprise-silent')
})
