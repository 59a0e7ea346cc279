import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../core/time.ts'
import { COMMON, dayTick, fact, intensities, readAt } from '../../test/support/indicator-view.ts'
import { createAbsence } from './absence.ts'

/** Due half a year after the last, full a hundred days later. */
const absence = createAbsence({
  ...COMMON,
  kind: 'absence',
  select: { kinds: ['inspection-result'] },
  afterDays: 180,
  fullDays: 280,
  feed: 'inspections',
})

describe('nothing for too long', () => {
  test('who never had one owes none', () => {
    expect(readAt(absence, dayTick(9000))).toMatchObject({ intensity: 0, until: Number.POSITIVE_INFINITY })
  })

  test('is silent through the last day allowed, then grows by a tenth every ten days and stays full', () => {
    const days = [1, 180, 181, 189, 190, 230, 269, 270, 900]
    expect(intensities(absence, days, [[fact(0)]])).toEqual([0, 0, 100, 100, 200, 600, 900, 1000, 1000])
  })

  test('counts from the newest fact alone, which is its evidence', () => {
    const counted = [[fact(0), fact(150, { id: 'newest' })]]
    expect(readAt(absence, dayTick(181), counted).intensity).toBe(0)
    expect(readAt(absence, dayTick(350), counted)).toMatchObject({
      intensity: 300,
      measure: '200 d',
      evidence: ['newest'],
    })
  })

  test('announces each change for the instant at which it comes', () => {
    const counted = [[fact(0)]]
    expect(readAt(absence, dayTick(1), counted).until).toBe(dayTick(180) + 1)
    expect(readAt(absence, dayTick(181), counted).until).toBe(dayTick(190))
    expect(readAt(absence, dayTick(190), counted).until).toBe(dayTick(200))
    expect(readAt(absence, dayTick(270), counted).until).toBe(Number.POSITIVE_INFINITY)
  })

  test('a span shorter than a day still ends', () => {
    const sudden = createAbsence({ ...absencePolicy(), fullDays: 180 })
    expect(intensities(sudden, [180, 181], [[fact(0)]])).toEqual([0, 1000])
    expect(readAt(sudden, dayTick(180) + DAY_MS / 2, [[fact(0)]]).intensity).toBe(600)
  })
})

function absencePolicy() {
  if (absence.policy.kind !== 'absence') throw new Error('not an absence')
  return absence.policy
}
