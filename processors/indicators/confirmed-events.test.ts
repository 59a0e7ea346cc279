import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { COMMON, dayTick, fact, readAt } from '../../test/support/indicator-view.ts'
import type { Entry } from '../entry.ts'
import { cameraPrecision, eventWeight } from './camera-precision.ts'
import { createConfirmedEvents } from './confirmed-events.ts'

const POLICY = {
  ...COMMON,
  kind: 'confirmed-events',
  select: { kinds: ['video-event'] },
  outcome: { kinds: ['video-verdict'] },
  n: 3,
  windowMinutes: 10,
  minConfidence: 0.5,
  holdDays: 7,
  saturation: 1,
  precision: { confirmed: 5, false: 3 },
} as const
const confirmed = createConfirmedEvents(POLICY)

const MINUTE = 1 / 1440
const seen = (minute: number, confidence = 0.8, camera = 'c1', event = 'pest'): Entry =>
  fact(minute * MINUTE, { id: `e/${camera}/${event}/${minute}`, value: confidence, facts: { camera, event } })
const verdict = (day: number, said: string, camera = 'c1'): Entry =>
  fact(day, { id: `v/${camera}/${day}`, facts: { camera, verdict: said } })
const at = (days: number, events: readonly Entry[], verdicts: readonly Entry[] = []) =>
  readAt(confirmed, dayTick(days), [events, verdicts])

describe('an event that cameras saw', () => {
  test('is believed at the third within the window, not before', () => {
    expect(at(1, [seen(0), seen(5)]).intensity).toBe(0)
    // 0.8 of 5/8: weight 500 of a saturation of 1000.
    expect(at(1, [seen(0), seen(5), seen(10)])).toMatchObject({ intensity: 333, measure: '1 (0.50)' })
    expect(at(1, [seen(0), seen(5), seen(11)]).intensity).toBe(0)
    expect(readAt(confirmed, dayTick(10 * MINUTE), [[seen(0), seen(5), seen(10)]]).intensity).toBe(0)
  })

  test('counts once while it goes on, and twice when it comes again', () => {
    const goesOn = [0, 4, 8, 12, 16, 20].map((minute) => seen(minute))
    expect(at(1, goesOn).measure).toBe('1 (0.50)')
    expect(at(1, [...goesOn, seen(60), seen(61), seen(62)]).measure).toBe('2 (1.00)')
  })

  test('is not made of two cameras, of two kinds, nor of what is hardly believed', () => {
    expect(at(1, [seen(0), seen(1), seen(2, 0.8, 'c2')]).intensity).toBe(0)
    expect(at(1, [seen(0), seen(1), seen(2, 0.8, 'c1', 'smoking')]).intensity).toBe(0)
    expect(at(1, [seen(0), seen(1), seen(2, 0.49)]).intensity).toBe(0)
    expect(
      at(1, [seen(0), seen(1), fact(2 * MINUTE, { id: 'x', facts: { camera: 'c1', event: 'pest' } })]).intensity,
    ).toBe(0)
  })

  test('is held for its days after the last of it, and wakes the engine when it ends', () => {
    const events = [seen(0), seen(1), seen(2)]
    const reading = at(7, events)
    expect(reading.until).toBe(dayTick(7 + 2 * MINUTE) + 1)
    expect(reading.evidence).toEqual(['e/c1/pest/2', 'e/c1/pest/1', 'e/c1/pest/0'])
    expect(readAt(confirmed, reading.until, [events]).intensity).toBe(0)
  })

  test('weighs less from a camera that was often wrong, and more from one that was right', () => {
    const events = [seen(0), seen(1), seen(2)]
    const wrong = [1, 2, 3, 4].map((day) => verdict(day, 'false'))
    const right = [1, 2, 3, 4].map((day) => verdict(day, 'confirmed'))
    expect(at(5, events, wrong).measure).toBe('1 (0.33)')
    expect(at(5, events, right).measure).toBe('1 (0.60)')
    expect(
      at(
        5,
        events,
        [1, 2, 3, 4].map((day) => verdict(day, 'false', 'c2')),
      ).measure,
    ).toBe('1 (0.50)')
    // As it was known then: later verdicts are not in an earlier score.
    expect(at(0.5, events, wrong).measure).toBe('1 (0.50)')
  })

  test('never enters the class basis', () => {
    expect(() => createConfirmedEvents({ ...POLICY, basis: true })).toThrow(/cannot enter the class basis/)
  })
})

describe('how often a camera is right', () => {
  test('is the prior until somebody looked, then moves with each verdict and never leaves 0–1000', () => {
    const prior = { confirmed: 5, false: 3 }
    expect(cameraPrecision([], prior)('c1')).toBe(625)
    expect(cameraPrecision([verdict(1, 'confirmed')], prior)('c1')).toBe(666)
    expect(cameraPrecision([verdict(1, 'perhaps')], prior)('c1')).toBe(625)
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('confirmed', 'false')),
        fc.double({ min: -1, max: 2, noNaN: true }),
        (said, confidence) => {
          const precision = cameraPrecision(
            said.map((one, day) => verdict(day, one)),
            prior,
          )('c1')
          const weight = eventWeight(confidence, precision)
          expect(precision).toBeGreaterThan(0)
          expect(precision).toBeLessThan(1000)
          expect(Number.isInteger(weight) && weight >= 0 && weight <= precision).toBe(true)
        },
      ),
    )
  })
})
