/**
 * The guide, second part: from an authority's decision to the class that steers inspections.
 *
 * *Risk* is made of everything that is known. The *class* rests on verified findings and decisions alone, the part of the
 * risk that is called the *basis*; it steers how often an enterprise is visited, and stays inside the house.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { createGuideCity, type GuideCity, penalty, REGISTRATION, RESTAURANT } from '../support/guide-city.ts'

describe('a penalty changes a class', () => {
  let city: GuideCity

  beforeAll(async () => {
    city = await createGuideCity()
    await city.files('registry', [REGISTRATION])
    await city.dayBegins('2026-03-01')
  })

  it('is nothing to begin with: who is registered and did nothing is of class A', () => {
    expect(city.risk(RESTAURANT)).toMatchObject({ basis: 0, class: 'A' })
  })

  it('moves the basis once the day on which it was filed is over', async () => {
    await city.files('penalties', [penalty('并市罚〔2026〕1号', '2026-03-01')])
    expect(city.risk(RESTAURANT).basis, 'time has not come there yet').toBe(0)
    await city.dayBegins('2026-03-02')
    const { basis, class: letter } = city.risk(RESTAURANT)
    expect(basis).toBeGreaterThan(0)
    const bands = city.policy.classes.filter(({ from }) => from <= basis)
    expect(letter).toBe(bands.toSorted((left, right) => right.from - left.from)[0]?.class)
    expect(letter).not.toBe('A')
  })

  it('shows in the receipt which record it was: contributions add up to the risk', () => {
    const { risk, signals } = city.risk(RESTAURANT)
    expect(signals.reduce((sum, { points }) => sum + points, 0)).toBe(risk)
    for (const { evidence } of signals) expect(evidence).toEqual([expect.stringMatching(/^penalties\/\w+\/penalty$/)])
    expect(city.changes(RESTAURANT).at(-1)?.receipt).toMatch(/^[0-9a-f]+$/)
  })

  it('weighs less with the months, and goes at last', async () => {
    const fresh = city.risk(RESTAURANT).basis
    await city.dayBegins('2026-12-01')
    const aged = city.risk(RESTAURANT).basis
    expect(aged).toBeLessThan(fresh)
    await city.dayBegins('2031-12-01')
    expect(city.risk(RESTAURANT)).toMatchObject({ risk: 0, basis: 0, class: 'A' })
    expect(city.changes(RESTAURANT).length).toBeGreaterThan(2)
  })

  it('is refused, with a reason and a hint, when the code of the enterprise cannot be right', async () => {
    const { counts, rejected } = await city.files('penalties', [
      penalty('并市罚〔2026〕2号', '2026-03-05', { CF_XDR_SHXYM: '91140105MA0T100093' }),
    ])
    expect(counts).toMatchObject({ lines: 1, observations: 0, rejects: 1 })
    expect(rejected).toMatchObject([{ line: 2, reason: 'bad-check-digit' }])
  })
})
