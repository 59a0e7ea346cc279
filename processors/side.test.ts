import { describe, expect, it } from 'vitest'
import type { SealedPeriod } from '../core/cells.ts'
import { DAY_MS } from '../core/time.ts'
import { testRealm } from '../test/support/observations.ts'
import { compilePolicy } from './compile-policy.ts'
import { REACH_MS } from './corrections.ts'
import { createSide, type Side } from './side.ts'
import { createSurges } from './surges.ts'

const WEEK = 7 * DAY_MS
const YEARS = 30
const WEEKS_A_YEAR = 52
const POLICY = compilePolicy(testRealm())
const KEPT_MS = REACH_MS + POLICY.cityLookMs
const PLACES = Array.from({ length: 9 }, (_, number) => `place:${number}`)
const OWNERS = Array.from({ length: 5 }, (_, number) => `owner-${number}`)

/** In each week some places and owners; now and then a week of years ago is restated. */
function period(week: number): SealedPeriod {
  const [start, end] = [week * WEEK, (week + 1) * WEEK]
  const counts = Object.fromEntries(
    PLACES.flatMap((place, at) => ((week + at) % 3 === 0 ? [[place, 1 + (at % 4)]] : [])),
  )
  const owner = OWNERS[week % OWNERS.length] ?? ''
  const ties = week % 4 === 0 ? { [owner]: [[`firm-${week}`, week % 1000] as const] } : {}
  const said = { realm: 'test', start, end, effective: end + WEEK, counts: { by: counts }, examples: {}, ties }
  if (week < 300 || week % 10 !== 0) return said
  const old = { start: start - 260 * WEEK, end: end - 260 * WEEK }
  return { ...said, restated: [{ ...old, counts: { by: { 'place:1': 1 } }, examples: {}, gone: {} }] }
}

function answers(side: Side, tick: number): unknown {
  return [
    PLACES.map((place) => [side.windowSum('by', place, tick, 4), side.total('by', place, tick)]),
    OWNERS.map((owner) => [side.members(owner, tick), side.nextChangeOf([owner], tick)]),
  ]
}

describe('what the city said', () => {
  it('takes no more memory after thirty years than after fifteen, and says the same of every tick that may be asked for', () => {
    const side = createSide(WEEK)
    const whole = createSide(WEEK)
    const held: number[] = []
    for (let week = 0; week < YEARS * WEEKS_A_YEAR; week++) {
      side.take(period(week))
      whole.take(period(week))
      const sealed = (week + 1) * WEEK
      side.forget(sealed, sealed - KEPT_MS)
      if (week % WEEKS_A_YEAR !== 0) continue
      held.push(side.held())
      for (let tick = Math.max(0, sealed - REACH_MS); tick <= sealed; tick += 31 * WEEK) {
        expect(answers(side, tick)).toEqual(answers(whole, tick))
      }
    }
    expect(Math.max(...held.slice(15))).toBeLessThan(1.05 * Math.max(...held.slice(11, 16)))
    expect(whole.held()).toBeGreaterThan(2 * side.held())
  })

  it('forgets at once for which ticks whom it concerned, once all shards have sealed them', () => {
    const side = createSide(WEEK)
    const surges = createSurges(side, POLICY)
    for (let week = 0; week < 100; week++) {
      side.take({ ...period(week), counts: { 'complaints-by-place': { 'place:1': 1 + (week % 7) } } })
      const tick = (week + 2) * WEEK
      surges.changedAt(tick)
      if (week % 4 === 0) expect(side.ownersChangedAt(tick).size).toBe(1)
      side.forget(tick, 0)
      surges.forget(tick)
      expect(side.ownersChangedAt(tick).size).toBe(0)
      expect(surges.held()).toBe(0)
    }
  })

  it('counts what is restated from the period on that says it, and not before', () => {
    const side = createSide(WEEK)
    const common = { realm: 'test', examples: {}, ties: {} }
    const counted = (week: number, counts: SealedPeriod['counts']) => ({
      ...{ ...common, start: (week - 1) * WEEK, end: week * WEEK, effective: (week + 1) * WEEK, counts },
    })
    side.take(counted(1, { by: { a: 3 } }))
    side.take(counted(2, { by: { a: 1 } }))
    const old = { start: 0, end: WEEK, examples: {}, gone: {} }
    side.take({ ...counted(3, {}), restated: [{ ...old, counts: { by: { a: -2, b: 1 } } }] })
    expect(side.total('by', 'a', 4 * WEEK - 1)).toBe(4)
    expect(side.total('by', 'a', 4 * WEEK)).toBe(2)
    expect(side.windowSum('by', 'a', 4 * WEEK, 3)).toBe(2)
    expect(side.windowSum('by', 'b', 4 * WEEK, 3)).toBe(1)
    expect(side.windowSum('by', 'a', 4 * WEEK, 2)).toBe(1)
    expect(side.countOf('by', 'a', WEEK)).toBe(1)
  })
})
