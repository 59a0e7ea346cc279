import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, SHANGHAI_OFFSET_MINUTES } from '../core/time.ts'
import { createMonthTurns } from './month-turns.ts'

const MARCH = Date.parse('2026-03-01T00:00:00+08:00')

/** Months that are asked for in so many seconds, when the realm goes so fast. */
function asked(seconds: number, clockAfter: (second: number) => number): string[] {
  const turns = createMonthTurns(SHANGHAI_OFFSET_MINUTES)
  return Array.from({ length: seconds }, (_, second) => turns.look(clockAfter(second), second * 1_000) ?? []).flat()
}

describe('the turn of months of a realm on event time', () => {
  test('a year that is back-filled is drawn for no month, however long each takes', () => {
    expect(asked(60, (second) => MARCH + second * 6 * DAY_MS)).toEqual([])
    expect(asked(600, (second) => MARCH + second * 0.2 * DAY_MS)).toEqual([])
  })

  test('once it has come to the present, the month in which it stands is drawn, and no other', () => {
    const arrives = MARCH + 40 * DAY_MS
    expect(asked(120, (second) => Math.min(MARCH + second * DAY_MS, arrives))).toEqual(['2026-04'])
  })

  test('each month is drawn once when time goes as in the simulated city, a day in two minutes', () => {
    const start = MARCH + 29 * DAY_MS
    expect(asked(1_200, (second) => start + Math.floor(second / 5) * HOUR_MS)).toEqual(['2026-03', '2026-04'])
  })

  test('a realm without a record has no month', () => {
    expect(asked(60, () => 0)).toEqual([])
  })
})
