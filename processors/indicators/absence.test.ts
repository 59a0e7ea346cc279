import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../core/time.ts'
import { CN, COMMON, contextOf, dayTick, fact, intensities, readAt } from '../../test/support/indicator-view.ts'
import { createSide } from '../side.ts'
import { createAbsence } from './absence.ts'

/** Due half a year after the last, full a hundred days later. */
const absence = createAbsence(
  {
    ...COMMON,
    kind: 'absence',
    select: { kinds: ['inspection-result'] },
    afterDays: 180,
    fullDays: 280,
    feed: 'inspections',
  },
  contextOf({ calendar: CN }),
)

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
    const sudden = createAbsence({ ...absencePolicy(), fullDays: 180 }, contextOf())
    expect(intensities(sudden, [180, 181], [[fact(0)]])).toEqual([0, 1000])
    expect(readAt(sudden, dayTick(180) + DAY_MS / 2, [[fact(0)]]).intensity).toBe(600)
  })
})

describe('nothing for thirty working days', () => {
  const working = createAbsence(
    { ...absencePolicy(), afterDays: 30, fullDays: 40, workingDays: true },
    contextOf({ calendar: CN }),
  )

  test('counts neither weekends nor holidays, but the days that are worked for them', () => {
    // From Thursday 2026-01-29: 30 working days end with 2026-03-17; the Spring Festival has nine days off and two
    // Saturdays of work.
    expect(intensities(working, [60, 75, 76, 76.5], [[fact(28)]])).toEqual([0, 0, 0, 100])
    const { until } = readAt(working, dayTick(60), [[fact(28)]])
    expect(readAt(working, until, [[fact(28)]])).toMatchObject({ intensity: 100, measure: '30 working d' })
    expect(readAt(working, until - 1, [[fact(28)]]).intensity).toBe(0)
  })
})

describe('while the feed is broken', () => {
  const counted = [[fact(0)]]
  const broken = (...days: number[]) => {
    const side = createSide(7 * DAY_MS)
    side.outages.inspections = days.map(dayTick)
    return { side }
  }

  test('it holds: what had not fallen due does not, what had grows no further', () => {
    const during = broken(170)
    expect(readAt(absence, dayTick(175), counted, during)).toMatchObject({
      intensity: 0,
      until: Number.POSITIVE_INFINITY,
    })
    expect(readAt(absence, dayTick(900), counted, during).intensity).toBe(0)
    expect(readAt(absence, dayTick(900), counted, broken(195))).toMatchObject({
      intensity: 200,
      measure: '195 d, feed broken',
    })
  })

  test('afterwards it goes on where it stood, so that outages bring no storm of their own', () => {
    const after = broken(170, 190)
    expect(readAt(absence, dayTick(195), counted, after)).toMatchObject({ intensity: 0, until: dayTick(200) + 1 })
    expect(readAt(absence, dayTick(201), counted, after).intensity).toBe(100)
  })

  test('another feed says nothing about it', () => {
    const side = createSide(7 * DAY_MS)
    side.outages.penalties = [dayTick(1)]
    expect(readAt(absence, dayTick(181), counted, { side }).intensity).toBe(100)
  })
})

function absencePolicy() {
  if (absence.policy.kind !== 'absence') throw new Error('not an absence')
  return absence.policy
}
