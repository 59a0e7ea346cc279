import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../core/time.ts'
import { COMMON, contextOf, dayTick, fact, readAt } from '../../test/support/indicator-view.ts'
import { NEW_YEAR } from '../../test/support/observations.ts'
import { createSide } from '../side.ts'
import { createBurst, POPULATION_CELL, peerCell, poissonTail } from './burst.ts'

const WEEK = 7 * DAY_MS
const burst = (peers: boolean) =>
  createBurst(
    { ...COMMON, kind: 'burst', select: { kinds: ['complaint'] }, windowDays: 14, baselineDays: 140, peers },
    contextOf(),
  )

const onDays = (...days: number[]) => [days.map((day, index) => fact(day, { id: `c${index}` }))]

test.each([
  [0, 3, 1],
  [1, 1, 0.632_120_558_8],
  [2, 0.05, 1.209_104_27e-3],
  [5, 0.05, 2.497_951_3e-9],
  [3, 0.5, 1.438_767_8e-2],
  [20, 10, 3.454_341_98e-3],
  [900, 1000, 0.999_377],
])('P(X ≥ %s) of a Poisson mean of %s is %s, however small', (count, mean, tail) => {
  expect(poissonTail(count, mean) / tail).toBeCloseTo(1, 4)
})

describe('more facts than the past leads one to expect', () => {
  test('a single one is no burst', () => {
    expect(readAt(burst(false), dayTick(201), onDays(200))).toMatchObject({ intensity: 0, measure: '1' })
  })

  test('two out of the blue are p = 0.0012, three are p = 2·10⁻⁵: 250 for each power of ten beyond the first', () => {
    expect(readAt(burst(false), dayTick(210), onDays(200, 205)).intensity).toBe(479)
    expect(readAt(burst(false), dayTick(210), onDays(200, 205, 206)).intensity).toBe(924)
    expect(readAt(burst(false), dayTick(210), onDays(200, 205, 206, 207, 208)).intensity).toBe(1000)
  })

  test('who has as many every fortnight has none', () => {
    const steady = Array.from({ length: 30 }, (_, index) => index * 7)
    expect(readAt(burst(false), dayTick(205), onDays(...steady)).intensity).toBe(0)
  })

  test('ends when the first leaves the window', () => {
    const counted = onDays(200, 205)
    const { until } = readAt(burst(false), dayTick(210), counted)
    expect(until).toBe(dayTick(214) + 1)
    expect(readAt(burst(false), until, counted).intensity).toBe(0)
  })

  test('weighs more once the past that excused it is out of the baseline', () => {
    const counted = onDays(52, 200, 205)
    const excused = readAt(burst(false), dayTick(206), counted)
    expect(excused.until).toBe(dayTick(206) + 1)
    expect(readAt(burst(false), excused.until, counted).intensity).toBeGreaterThan(excused.intensity)
  })

  test('what is ordinary among its peers is less of a burst', () => {
    const side = createSide(WEEK)
    const end = NEW_YEAR + 25 * WEEK
    const counts = { [POPULATION_CELL]: { I: 10 }, [peerCell(COMMON.id)]: { I: 200 } }
    side.take({ realm: 'test', start: end - WEEK, end, effective: end + WEEK, counts, examples: {}, ties: {} })
    const around = { side, attributes: { industry: 'I' } }
    const among = readAt(burst(true), dayTick(210), onDays(200, 205), around).intensity
    expect(among).toBeLessThan(readAt(burst(true), dayTick(210), onDays(200, 205)).intensity)
    expect(readAt(burst(true), dayTick(210), onDays(200, 205), { side, attributes: { industry: 'J' } }).intensity).toBe(
      readAt(burst(true), dayTick(210), onDays(200, 205)).intensity,
    )
  })
})
