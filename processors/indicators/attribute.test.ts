import { describe, expect, test } from 'vitest'
import { COMMON, dayTick, fact, intensities, readAt } from '../../test/support/indicator-view.ts'
import { createAge, createAttribute } from './attribute.ts'

describe('a registered fact', () => {
  const risk = createAttribute({ ...COMMON, kind: 'attribute', fact: 'risk', values: { '1': 1000, '2': 0, '': 500 } })
  const industry = createAttribute({ ...COMMON, kind: 'attribute', fact: 'industry', values: { restaurant: 700 } })

  test.each([
    ['a value with an intensity', { risk: '1' }, 1000],
    ['a value of intensity 0', { risk: '2' }, 0],
    ['a value that the policy does not name', { risk: '9' }, 0],
    ['none, which the policy may name too', {}, 500],
  ])('%s', (_, facts, intensity) => {
    const said = readAt(risk, dayTick(0), [], { attributes: { facts: { name: 'x', ...facts } } })
    expect(said).toMatchObject({ intensity, until: Number.POSITIVE_INFINITY })
  })

  test('the industry is one, and the measure says which', () => {
    const said = readAt(industry, dayTick(0), [], { attributes: { industry: 'restaurant' } })
    expect(said).toMatchObject({ intensity: 700, measure: 'restaurant' })
  })
})

describe('newness', () => {
  const age = createAge({ ...COMMON, kind: 'age', fullDays: 100, select: { kinds: ['registration'] } })

  test('is full at first and fades by a tenth every tenth of the time', () => {
    expect(intensities(age, [1, 9, 10, 50, 99, 100, 5000], [[fact(0)]])).toEqual([1000, 1000, 900, 500, 100, 0, 0])
  })

  test('counts from the first fact: a renewal makes nobody new', () => {
    const counted = [[fact(0, { id: 'founded' }), fact(200)]]
    expect(readAt(age, dayTick(201), counted).intensity).toBe(0)
    expect(readAt(age, dayTick(20), counted)).toMatchObject({ intensity: 800, evidence: ['founded'] })
  })

  test('of an enterprise that was registered ahead of its date is full', () => {
    const ahead = [[fact(0, { dated: dayTick(30) })]]
    expect(intensities(age, [1, 30, 40], ahead)).toEqual([1000, 1000, 900])
  })

  test('announces its steps, and is silent about who was never registered', () => {
    expect(readAt(age, dayTick(1), [[fact(0)]]).until).toBe(dayTick(10))
    expect(readAt(age, dayTick(1)).intensity).toBe(0)
  })
})
