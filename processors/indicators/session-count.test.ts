import { describe, expect, test } from 'vitest'
import { COMMON, dayTick, fact, intensities, readAt } from '../../test/support/indicator-view.ts'
import { createSessionCount } from './session-count.ts'

const policy = {
  ...COMMON,
  kind: 'session-count',
  select: { kinds: ['complaint'] },
  gapHours: 24,
  aggregate: 'count',
  threshold: 3,
  saturation: 6,
  holdDays: 10,
} as const
const session = createSessionCount(policy)
const facts = (...days: number[]) => [days.map((day, index) => fact(day, { id: `f${index}`, value: 10 }))]

describe('facts that follow one another', () => {
  test('speak once there are enough of them, half at the saturation', () => {
    expect(intensities(session, [1.6, 2.1, 5.1], facts(1, 1.5, 2, 3, 4, 5))).toEqual([0, 333, 500])
  })

  test('are one session while no gap is longer than allowed, the longest gap allowed included', () => {
    expect(readAt(session, dayTick(9), facts(1, 2, 3))).toMatchObject({ measure: '3', evidence: ['f2', 'f1', 'f0'] })
    expect(readAt(session, dayTick(9), facts(1, 2.01, 3.02)).intensity).toBe(0)
  })

  test('the gravest session speaks until it has been over for long enough, then the next', () => {
    const counted = facts(1, 1.1, 1.2, 1.3, 8, 8.1, 8.2)
    const first = readAt(session, dayTick(9), counted)
    expect(first).toMatchObject({ intensity: 400, measure: '4', until: dayTick(11.3) + 1 })
    const second = readAt(session, first.until, counted)
    expect(second).toMatchObject({ intensity: 333, measure: '3', evidence: ['f6', 'f5', 'f4'] })
    expect(readAt(session, second.until, counted)).toMatchObject({ intensity: 0, until: Number.POSITIVE_INFINITY })
  })

  test('may add up their values instead', () => {
    const sum = createSessionCount({ ...policy, aggregate: 'sum', threshold: 30, saturation: 30 })
    expect(intensities(sum, [2.1, 3.1], facts(1, 2, 3))).toEqual([0, 500])
  })
})
