import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RealmPolicy } from '../../core/policy.ts'
import { COMMON, contextOf, dayTick, fact, intensities, readAt } from '../../test/support/indicator-view.ts'
import { createDecayedCount } from './decayed-count.ts'
import type { IndicatorOf } from './indicator.ts'

const realm: Partial<RealmPolicy> = {
  decays: {
    year: [
      [0, 1000],
      [30, 500],
      [365, 0],
    ],
  },
}

function decayedCount(given: Partial<IndicatorOf<'decayed-count'>> = {}) {
  return createDecayedCount(
    {
      ...COMMON,
      kind: 'decayed-count',
      select: { kinds: ['penalty'] },
      decay: 'year',
      saturation: 1,
      ...given,
    },
    contextOf(realm),
  )
}

describe('facts counted with their age', () => {
  test('one fact weighs half at the saturation, less by each step of the table, nothing at its end', () => {
    const counted = [[fact(0)]]
    expect(intensities(decayedCount(), [1, 29, 30, 364, 365], counted)).toEqual([500, 500, 333, 333, 0])
  })

  test('the next change is announced for the day on which a step begins', () => {
    const indicator = decayedCount()
    const counted = [[fact(0)]]
    expect(readAt(indicator, dayTick(1), counted).until).toBe(dayTick(30))
    expect(readAt(indicator, dayTick(30), counted).until).toBe(dayTick(365))
    expect(readAt(indicator, dayTick(365), counted).until).toBe(Number.POSITIVE_INFINITY)
  })

  test('more facts weigh more, and never all of it', () => {
    const many = Array.from({ length: 9 }, (_, day) => fact(day))
    expect(readAt(decayedCount(), dayTick(10), [many])).toMatchObject({ intensity: 900, measure: '9.00' })
  })

  test.each([
    [0, 0],
    [50, 500],
    [100, 666],
    [100_000, 909],
    [null, 0],
  ])('a fact of value %s against 50 gives %s: by value, tenfold at most', (value, intensity) => {
    expect(readAt(decayedCount({ byValue: 50 }), dayTick(1), [[fact(0, { value })]]).intensity).toBe(intensity)
  })

  test('the newest five are the evidence, newest first', () => {
    const facts = [0, 1, 2, 3, 4, 5].map((day) => fact(day, { id: `f${day}` }))
    expect(readAt(decayedCount(), dayTick(9), [facts]).evidence).toEqual(['f5', 'f4', 'f3', 'f2', 'f1'])
  })
})

describe('the lack of facts', () => {
  const lack = decayedCount({ lacking: true })

  test('is full where there never was one', () => {
    expect(readAt(lack, dayTick(1))).toMatchObject({ intensity: 1000, evidence: [], until: Number.POSITIVE_INFINITY })
    expect(lack.speaksOfLack).toBe(true)
  })

  test('falls with each fact and rises again as they age', () => {
    expect(intensities(lack, [1, 30, 365], [[fact(0)]])).toEqual([500, 667, 1000])
    expect(intensities(lack, [2], [[fact(0), fact(1)]])).toEqual([334])
  })

  test('and what it is the lack of always add up to 1000', () => {
    const days = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 8 })
    fc.assert(
      fc.property(days, fc.integer({ min: 0, max: 900 }), (of, tick) => {
        const counted = [of.sort((a, b) => a - b).map((day, index) => fact(day, { id: String(index) }))]
        const [there = 0] = intensities(decayedCount(), [tick], counted)
        expect(intensities(lack, [tick], counted)).toEqual([1000 - there])
      }),
    )
  })
})

test('a decay table that the policy lacks is refused by name', () => {
  expect(() => decayedCount({ decay: 'century' })).toThrow('century')
})
