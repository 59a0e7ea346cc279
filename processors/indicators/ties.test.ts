import { describe, expect, test } from 'vitest'
import type { SealedPeriod } from '../../core/cells.ts'
import { DAY_MS, floorToGrid } from '../../core/time.ts'
import { COMMON, contextOf, readAt } from '../../test/support/indicator-view.ts'
import { NEW_YEAR } from '../../test/support/observations.ts'
import { createSide } from '../side.ts'
import { createOwnership, createPlaceSurge } from './ties.ts'

const WEEK = 7 * DAY_MS
const ORIGIN = floorToGrid(NEW_YEAR, WEEK, 480)
const SQUARE = 'place:3754:-7924'

/** Weeks counted from the origin; what a week brought is in force one week after its end. */
function sideOf(complaints: readonly number[], ties: SealedPeriod['ties'] = {}) {
  const side = createSide(WEEK)
  for (const [week, count] of complaints.entries()) {
    const end = ORIGIN + (week + 1) * WEEK
    const counts = { complaints: { [SQUARE]: count } }
    side.take({ realm: 'test', start: end - WEEK, end, effective: end + WEEK, counts, examples: {}, ties })
  }
  return side
}
const weekTick = (week: number) => ORIGIN + week * WEEK

describe('complaints around an enterprise', () => {
  const surge = (relative: boolean) =>
    createPlaceSurge(
      { ...COMMON, kind: 'place-surge', cell: 'complaints', windowPeriods: 2, saturation: 4, relative },
      contextOf(),
    )
  const around = (complaints: readonly number[], place = SQUARE) => ({
    side: sideOf(complaints),
    attributes: { place },
  })

  test('half at the saturation, over the window that is in force', () => {
    expect(readAt(surge(false), weekTick(3), [], around([1, 3]))).toMatchObject({ intensity: 500, measure: '4' })
  })

  test('what is not yet in force is not seen, what left the window is not either', () => {
    const weeks = [1, 1].map((week) => readAt(surge(false), weekTick(week), [], around([4])).intensity)
    expect(weeks).toEqual([0, 0])
    const later = [2, 3, 4].map((week) => readAt(surge(false), weekTick(week), [], around([4, 0, 0])).intensity)
    expect(later).toEqual([500, 500, 0])
  })

  test('says nothing of another square, or of who has none', () => {
    expect(readAt(surge(false), weekTick(3), [], around([9, 9], 'place:1:1')).intensity).toBe(0)
    expect(readAt(surge(false), weekTick(3), [], around([9, 9], '')).intensity).toBe(0)
  })

  test('against its own past only a rise counts', () => {
    const steady = new Array<number>(18).fill(3)
    expect(readAt(surge(true), weekTick(19), [], around(steady)).intensity).toBe(0)
    const risen = readAt(surge(true), weekTick(21), [], around([...steady, 12, 12]))
    expect(risen.intensity).toBe(1000)
    expect(risen.measure).toBe('24/6.5')
  })
})

describe('what others of the same owner did', () => {
  const ownership = createOwnership({ ...COMMON, kind: 'ownership', hopWeight: 500, floor: 300 })
  const members = (...said: [string, number][]) => sideOf([0], { 'owner:wang': said })
  const owned = { owners: ['owner:wang'] }

  test('the gravest passes on half of its own risk', () => {
    const side = members(['test:2', 600], ['test:3', 400])
    expect(readAt(ownership, weekTick(2), [], { side, attributes: owned })).toMatchObject({
      intensity: 300,
      measure: 'test:2 (600)',
    })
  })

  test('nobody inherits from itself, or what is below the floor', () => {
    expect(readAt(ownership, weekTick(2), [], { side: members(['test:1', 900]), attributes: owned }).intensity).toBe(0)
    expect(readAt(ownership, weekTick(2), [], { side: members(['test:2', 299]), attributes: owned }).intensity).toBe(0)
    expect(readAt(ownership, weekTick(2), [], { side: members(['test:2', 900]) }).intensity).toBe(0)
  })
})
