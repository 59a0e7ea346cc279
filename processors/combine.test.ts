import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { combine, contributions } from './combine.ts'

const part = fc.record({ weight: fc.integer({ min: 0, max: 1000 }), intensity: fc.integer({ min: 0, max: 1000 }) })
const parts = fc.array(part, { maxLength: 32 })

describe('risk out of its parts', () => {
  test.each([
    ['nothing', [], 0],
    ['one cause alone is its strength', [{ weight: 400, intensity: 500 }], 200],
    [
      'two causes are either or both',
      [
        { weight: 500, intensity: 1000 },
        { weight: 500, intensity: 1000 },
      ],
      750,
    ],
    [
      'a certain one is certain',
      [
        { weight: 1000, intensity: 1000 },
        { weight: 10, intensity: 10 },
      ],
      1000,
    ],
  ])('%s', (_, given, risk) => {
    expect(combine(given)).toBe(risk)
  })

  test('is a whole number from 0 to 1000', () => {
    fc.assert(
      fc.property(parts, (given) => {
        const risk = combine(given)
        return Number.isInteger(risk) && risk >= 0 && risk <= 1000
      }),
    )
  })

  test('never falls when a cause is added or grows', () => {
    fc.assert(
      fc.property(parts, part, fc.nat(1000), (given, added, more) => {
        const grown = { ...added, intensity: Math.min(1000, added.intensity + more) }
        expect(combine([...given, added])).toBeGreaterThanOrEqual(combine(given))
        expect(combine([...given, grown])).toBeGreaterThanOrEqual(combine([...given, added]))
      }),
    )
  })

  test('is within two of the exact product, however many causes', () => {
    fc.assert(
      fc.property(parts, (given) => {
        const exact = 1 - given.reduce((left, { weight, intensity }) => left * (1 - (weight * intensity) / 1e6), 1)
        expect(Math.abs(combine(given) - 1000 * exact)).toBeLessThan(2)
      }),
    )
  })
})

describe('contributions', () => {
  test('add up to the risk exactly, none is negative, and what is silent gets none', () => {
    fc.assert(
      fc.property(parts, (given) => {
        const risk = combine(given)
        const points = contributions(given, risk)
        const silent = given.every(({ weight, intensity }) => weight * intensity === 0)
        expect(points.reduce((sum, point) => sum + point, 0)).toBe(silent ? 0 : risk)
        for (const [index, { weight, intensity }] of given.entries()) {
          expect(points[index]).toBeGreaterThanOrEqual(0)
          if (weight * intensity === 0) expect(points[index]).toBe(0)
        }
      }),
    )
  })

  test('are in proportion, whole points by largest remainder, the earlier part first', () => {
    const even = { weight: 100, intensity: 1000 }
    expect(contributions([even, even, even], 271)).toEqual([91, 90, 90])
    expect(contributions([{ weight: 300, intensity: 1000 }, even], 370)).toEqual([278, 92])
  })
})
