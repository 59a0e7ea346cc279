import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { validateUscc } from '../core/uscc.ts'
import { dateText, dayOf, monthsBefore, startOfDay } from './calendar.ts'
import { FEED_NAMES, type FeedName } from './feeds/feed.ts'
import { createDays, eachDay, eachHour, history, live, type Stretch } from './timeline.ts'
import { createWorld } from './world.ts'

const firstDay = 20_458
const world = createWorld({ seed: 5, enterprises: 600, firstDay })
const play = (from: number, to: number, hourlyFrom = to): Stretch[] => [...history(world, { from, to, hourlyFrom })]
const linesOf = (days: readonly Stretch[], feed: FeedName) =>
  days.flatMap(({ rows }) => rows[feed].map(({ line }) => line))
const hash = (days: readonly Stretch[]) => {
  const sum = createHash('sha256')
  for (const feed of FEED_NAMES) for (const line of linesOf(days, feed)) sum.update(line)
  return sum.digest('hex')
}

describe('the simulated city', () => {
  it('is the same to the byte for the same seed, and another for another seed', () => {
    const again = createWorld({ seed: 5, enterprises: 600, firstDay })
    const other = createWorld({ seed: 6, enterprises: 600, firstDay })
    const first = hash(play(firstDay, firstDay + 40))
    expect(hash([...history(again, { from: firstDay, to: firstDay + 40, hourlyFrom: firstDay + 40 })])).toBe(first)
    expect(hash([...history(other, { from: firstDay, to: firstDay + 40, hourlyFrom: firstDay + 40 })])).not.toBe(first)
  })

  it('goes on from any day with the same bytes as if it had never stopped', () => {
    const whole = play(firstDay, firstDay + 90)
    for (const at of [1, 37, 85]) {
      const rest = play(firstDay + at, firstDay + 90)
      expect(rest.map((day) => hash([day]))).toEqual(whole.slice(at).map((day) => hash([day])))
    }
  })

  it('says hour by hour what it says day by day', () => {
    const day = play(firstDay + 30, firstDay + 31, firstDay)
    const hours: Stretch[] = []
    for (const hour of live(world, startOfDay(firstDay + 30))) {
      if (hour.end > startOfDay(firstDay + 31)) break
      hours.push(hour)
    }
    expect(hours).toHaveLength(24)
    expect(hash(hours)).toBe(hash(day))
    for (const hour of hours.slice(1)) {
      for (const feed of FEED_NAMES) {
        expect(hour.rows[feed].every(({ known }) => known >= hour.start && known < hour.end)).toBe(true)
      }
    }
  })

  it('goes live out of its history with the same bytes as if it began there', () => {
    const at = firstDay + 40
    const days = createDays(world, firstDay)
    expect([...eachDay(days, firstDay, at)]).toHaveLength(40)
    const hashes = (hours: Generator<Stretch>) =>
      Array.from({ length: 60 }, () => hash([hours.next().value as Stretch]))
    expect(hashes(eachHour(days, startOfDay(at)))).toEqual(hashes(live(world, startOfDay(at))))
  })

  it('tells each feed in the order in which things became known', () => {
    for (const day of play(firstDay, firstDay + 60)) {
      for (const feed of FEED_NAMES) {
        const known = day.rows[feed].map((row) => row.known)
        expect(known).toEqual([...known].sort((left, right) => left - right))
        expect(known.every((instant) => instant < day.end)).toBe(true)
      }
    }
  })

  it('delivers the registry’s stock on the first day, with codes that pass their check digits', () => {
    const [day] = play(firstDay, firstDay + 1)
    const codes = linesOf(day ? [day] : [], 'registry').map((line) => line.split(',')[2] ?? '')
    expect(new Set(codes).size).toBeGreaterThan(550)
    expect(codes.filter((code) => validateUscc(code, new Set()) !== 'ok')).toEqual([])
  })

  it('brings about as much of everything in a year as a city does', () => {
    const days = 120
    const city = createWorld({ seed: 5, enterprises: 5000, firstDay })
    const stretches = [...history(city, { from: firstDay, to: firstDay + days, hourlyFrom: firstDay + days })]
    const aYear = (feed: FeedName) => (linesOf(stretches, feed).length * 365) / days / 5000
    const ranges: Partial<Record<FeedName, readonly [number, number]>> = {
      permits: [0.25, 0.45],
      inspections: [0.5, 1.1],
      penalties: [0.05, 0.15],
      'complaints-12345': [1, 3.5],
      'social-insurance': [2, 5],
    }
    for (const [feed, [least, most]] of Object.entries(ranges) as [FeedName, readonly [number, number]][]) {
      expect(aYear(feed), feed).toBeGreaterThan(least)
      expect(aYear(feed), feed).toBeLessThan(most)
    }
    expect(linesOf(stretches, 'sensors').length / (city.devices.length * days)).toBeGreaterThan(0.96)
  })

  it('keeps sensors hourly only from the day asked for', () => {
    const perDay = play(firstDay + 10, firstDay + 14, firstDay + 12).map((day) => day.rows.sensors.length)
    expect(perDay[1]).toBeLessThanOrEqual(world.devices.length)
    expect(perDay[2]).toBeGreaterThan(world.devices.length * 22)
  })

  it('names nobody: all enterprises and persons are marked as played', () => {
    for (const line of linesOf(play(firstDay, firstDay + 30), 'penalties')) {
      expect(line).toMatch(/^演示·.+,.+,演示人\d{5},/)
    }
    expect(world.enterprises.every(({ name }) => name.startsWith('演示·'))).toBe(true)
  })

  it('counts months back to the same day or the month’s last', () => {
    const day = dayOf(Date.UTC(2026, 2, 31))
    expect(dateText(monthsBefore(day, 1))).toBe('2026-02-28')
    expect(dateText(monthsBefore(day, 12))).toBe('2025-03-31')
  })
})
