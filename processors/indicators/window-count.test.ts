import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../core/time.ts'
import { COMMON, contextOf, dayTick, fact, intensities, readAt } from '../../test/support/indicator-view.ts'
import { NEW_YEAR } from '../../test/support/observations.ts'
import type { IndicatorOf } from './indicator.ts'
import { createWindowCount } from './window-count.ts'

function windowCount(given: Partial<IndicatorOf<'window-count'>> = {}) {
  const select = { kinds: ['complaint'] } as const
  return createWindowCount(
    {
      ...{ ...COMMON, kind: 'window-count', select, mode: 'sliding', windowHours: 72, aggregate: 'count' },
      ...{ threshold: 2, saturation: 4, ...given },
    },
    contextOf(),
  )
}

describe('a sliding window', () => {
  const counted = [[fact(1, { id: 'a', value: 5 }), fact(2, { id: 'b', value: 9 }), fact(3, { id: 'c', value: null })]]

  test('holds what became known in it, from the threshold on', () => {
    expect(intensities(windowCount(), [1.5, 2.5, 3.5, 4.5, 5.5], counted)).toEqual([0, 333, 428, 333, 0])
    expect(readAt(windowCount(), dayTick(3.5), counted)).toMatchObject({ measure: '3', evidence: ['c', 'b', 'a'] })
  })

  test('changes next when its oldest fact leaves', () => {
    expect(readAt(windowCount(), dayTick(3.5), counted).until).toBe(dayTick(4) + 1)
    expect(readAt(windowCount(), dayTick(30), counted).until).toBe(Number.POSITIVE_INFINITY)
  })

  test('adds up values, or takes the greatest and says which it was', () => {
    expect(readAt(windowCount({ aggregate: 'sum' }), dayTick(3.5), counted).measure).toBe('14')
    expect(readAt(windowCount({ aggregate: 'max' }), dayTick(3.5), counted)).toMatchObject({
      measure: '9',
      evidence: ['b'],
    })
  })

  test('says at every hour what counting all facts anew would say', () => {
    const hours = fc.array(fc.tuple(fc.nat(400), fc.nat(20)), { maxLength: 30 })
    fc.assert(
      fc.property(hours, fc.nat(480), (given, at) => {
        const sorted = given.sort(([one], [other]) => one - other)
        const facts = sorted.map(([hour, value], index) => fact(hour / 24, { id: String(index), value }))
        const tick = NEW_YEAR + at * HOUR_MS
        const inside = sorted.filter(([hour]) => hour < at && hour >= at - 72)
        const sum = inside.reduce((total, [, value]) => total + value, 0)
        const expected = sum < 2 ? 0 : Math.floor((sum * 1000) / (sum + 4))
        expect(readAt(windowCount({ aggregate: 'sum' }), tick, [facts]).intensity).toBe(expected)
      }),
    )
  })
})

describe('a tumbling window', () => {
  const daily = windowCount({ mode: 'tumbling', windowHours: 24 })
  const counted = [[fact(1.2), fact(1.3), fact(1.4), fact(2.1), fact(2.2)]]

  test('says at its end what it held, until the next one ends', () => {
    expect(intensities(daily, [1.9, 2, 2.5, 3, 3.5, 4], counted)).toEqual([0, 428, 428, 333, 333, 0])
  })

  test('begins at local midnight and wakes the engine only at its end', () => {
    expect(readAt(daily, dayTick(1.9), counted)).toMatchObject({ intensity: 0, until: dayTick(2) })
    expect(readAt(daily, dayTick(2.5), counted)).toMatchObject({ measure: '3', until: dayTick(3) })
    expect(readAt(daily, dayTick(4), counted).until).toBe(Number.POSITIVE_INFINITY)
  })
})
