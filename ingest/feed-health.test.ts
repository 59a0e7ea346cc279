import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createWorkCalendar } from '../core/calendar.ts'
import { DAY_MS } from '../core/time.ts'
import { NO_COUNTS } from './counts.ts'
import { type FeedRecord, feedHealth, noteRows, seenOf } from './feed-health.ts'
import { feedRhythm } from './feed-rhythm.ts'

const calendar = createWorkCalendar(JSON.parse(readFileSync('policies/calendars/cn.json', 'utf8')), 480)
const daily = feedRhythm({ lateAfterMinutes: 1440 }, calendar)
const working = feedRhythm({ lateAfterMinutes: 1440, workingDays: true }, calendar)
const standing = { state: 'healthy', at: 0 } as const
const noon = (date: string) => Date.parse(`${date}T12:00:00+08:00`)

function heardOn(dates: readonly string[], rhythm = daily, more: object = {}): FeedRecord | undefined {
  let record: FeedRecord | undefined
  for (const date of dates) {
    const counts = { ...NO_COUNTS, lines: 1, observations: 1 }
    const came = { counts, known: noon(date), publicity: { acts: 0, onTime: 0 }, ...more }
    record = noteRows(record, came, noon(date), [rhythm.span(noon(date))])
  }
  return record
}
const complete = (record: FeedRecord | undefined, on: string, rhythm = daily) =>
  feedHealth('f', record, standing, rhythm, noon(on), noon(on)).completeness

describe('how complete a feed is against its rhythm', () => {
  test('counts whole spans since it was first heard; the running one only once something came', () => {
    expect(complete(undefined, '2026-03-02')).toBe(0)
    expect(complete(heardOn(['2026-03-02']), '2026-03-02')).toBe(1000)
    expect(complete(heardOn(['2026-03-02', '2026-03-03']), '2026-03-04')).toBe(1000)
    expect(complete(heardOn(['2026-03-02', '2026-03-04']), '2026-03-04')).toBe(666)
    expect(complete(heardOn(['2026-03-02', '2026-03-04']), '2026-03-07')).toBe(400)
  })

  test('forgets what lies further back than thirty spans', () => {
    const month = Array.from({ length: 31 }, (_, index) =>
      new Date(noon('2026-03-10') + index * DAY_MS).toISOString().slice(0, 10),
    )
    expect(complete(heardOn(['2026-01-05', ...month]), '2026-04-09')).toBe(1000)
  })

  test('a bulk of history fills every span that it speaks of', () => {
    const days = ['2026-03-02', '2026-03-03', '2026-03-04', '2026-03-06']
    const came = { counts: { ...NO_COUNTS, lines: 4 }, known: noon('2026-03-06'), publicity: { acts: 0, onTime: 0 } }
    const spans = days.map((day) => daily.span(noon(day)))
    expect(complete(noteRows(undefined, came, noon('2026-11-25'), spans), '2026-03-06')).toBe(800)
  })

  test('nothing is expected on days off', () => {
    const before = ['2026-02-12', '2026-02-13', '2026-02-14']
    expect(complete(heardOn(before, working), '2026-02-23', working)).toBe(1000)
    expect(complete(heardOn(before), '2026-02-23')).toBeLessThan(300)
    expect(seenOf(heardOn(before, working), working, noon('2026-02-23'), undefined).quietMs).toBe(DAY_MS / 2)
    expect(seenOf(heardOn(before), daily, noon('2026-02-23'), undefined).quietMs).toBe(9 * DAY_MS)
  })

  test('on event time the records tell the time, not the wall', () => {
    const quiet = seenOf(heardOn(['2026-03-02']), daily, noon('2030-01-01'), noon('2026-03-04')).quietMs
    expect(quiet).toBe(2 * DAY_MS)
  })
})

describe('acts that law gives a time', () => {
  const on = '2026-03-02'
  test('are shown by the share that kept it, and not at all where there are none', () => {
    const record = heardOn([on, on], daily, { publicity: { acts: 4, onTime: 3 } })
    expect(feedHealth('f', record, standing, daily, noon(on), noon(on)).onTime).toBe(750)
    expect(feedHealth('f', heardOn([on]), standing, daily, noon(on), noon(on))).not.toHaveProperty('onTime')
  })
})
