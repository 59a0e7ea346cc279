import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTimers } from './timers.ts'

const pair = fc.tuple(fc.nat({ max: 50 }), fc.nat({ max: 1_000 }))

describe('timers', () => {
  it('give every number at its tick, the soonest first', () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 300 }), fc.nat({ max: 50 }), (pairs, until) => {
        const timers = createTimers()
        for (const [tick, number] of pairs) timers.add(tick, number)
        const given: [number, number][] = []
        for (let tick = timers.soonest(); tick <= until; tick = timers.soonest()) {
          for (const number of timers.due(tick)) given.push([tick, number])
        }
        const sorted = (list: readonly (readonly [number, number])[]) => list.map((one) => one.join(' ')).sort()
        expect(sorted(given)).toEqual(sorted(pairs.filter(([tick]) => tick <= until)))
        expect(timers.soonest()).toBe(Math.min(...pairs.map(([tick]) => tick).filter((tick) => tick > until)))
      }),
    )
  })

  it('forget what was put off, and nothing else', () => {
    const next = new Map<number, number>()
    const timers = createTimers((tick, number) => next.get(number) !== tick)
    let asked = 0
    for (let round = 1; round <= 5_000; round++) {
      for (const number of [1, 2, 3]) {
        next.set(number, round * 10 + number)
        timers.add(round * 10 + number, number)
      }
    }
    const due = timers.due(Number.MAX_SAFE_INTEGER)
    for (const number of due) if (number <= 3) asked += 1
    expect(asked).toBeLessThan(2_000)
    expect(new Set(due)).toEqual(new Set([1, 2, 3]))
  })

  it('never ring for what never comes', () => {
    const timers = createTimers()
    timers.add(Number.MAX_SAFE_INTEGER, 1)
    expect(timers.soonest()).toBe(Number.POSITIVE_INFINITY)
    expect(timers.due(Number.MAX_SAFE_INTEGER)).toEqual([])
  })
})
