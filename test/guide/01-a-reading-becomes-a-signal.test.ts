/**
 * The guide, first part: from a sensor in a kitchen to a signal with its evidence.
 *
 * A device says one number a time. By itself a number is nothing; a rule of the policy, an *indicator*, turns the
 * readings of a window into an intensity, and what it says of one enterprise at one instant is a *signal*.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { CODE, createGuideCity, type GuideCity, midnight, REGISTRATION, RESTAURANT } from '../support/guide-city.ts'

const MINUTE = 60_000
const NINE = midnight('2026-01-02') + 9 * 60 * MINUTE

describe('a reading becomes a signal', () => {
  let city: GuideCity

  /** What the gas detector of the kitchen said, a reading every ten minutes from nine o'clock. */
  const readings = (values: readonly number[], quality = 'N') =>
    values.map((v, i) => ({
      t: NINE + i * 10 * MINUTE,
      v,
      q: quality,
      device: 'gas-1',
      metric: 'gas',
      subject: CODE,
      region: '140105',
    }))

  /** The rule, as the policy has it: above which value, for how long. */
  const rule = () => {
    const found = city.policy.indicators.find((one) => one.kind === 'threshold-duration' && one.metric === 'gas')
    if (found?.kind !== 'threshold-duration') throw new Error('the default policy watches gas')
    return found
  }

  /** Readings that last so long as the rule asks, twice over. */
  const long = () => Math.ceil((2 * rule().forMinutes) / 10) + 2

  beforeAll(async () => {
    city = await createGuideCity()
    await city.files('registry', [REGISTRATION])
    await city.dayBegins('2026-01-02')
  })

  it('says nothing while the readings stay below the limit', async () => {
    await city.files('sensors', readings(Array(long()).fill(rule().above / 2)))
    await city.dayBegins('2026-01-03')
    expect(city.risk(RESTAURANT).signals.map(({ indicator }) => indicator)).not.toContain(rule().id)
  })

  it('becomes a signal when they stay above it for as long as the rule asks', async () => {
    const tomorrow = readings(Array(long()).fill(rule().above + 1)).map((one) => ({
      ...one,
      t: one.t + 1_440 * MINUTE,
    }))
    const receipt = await city.files('sensors', tomorrow)
    expect(receipt.counts).toMatchObject({ lines: tomorrow.length, observations: tomorrow.length, rejects: 0 })
    await city.dayBegins('2026-01-04')
    const signal = city.risk(RESTAURANT).signals.find(({ indicator }) => indicator === rule().id)
    expect(signal?.intensity).toBeGreaterThan(0)
    expect(signal?.points).toBeGreaterThan(0)
    // The day before it was quiet: the risk changed at an hour of this day.
    expect(city.changes(RESTAURANT).at(-1)?.effective).toBeGreaterThan(midnight('2026-01-03'))
  })

  it('raises the risk, and never the class: a machine does not judge alone', () => {
    const { risk, basis } = city.risk(RESTAURANT)
    expect(risk).toBeGreaterThan(0)
    expect(basis).toBe(0)
    expect(city.risk(RESTAURANT).class).toBe('A')
  })

  it('does nothing when the device itself says that it is out of order', async () => {
    const other = await createGuideCity()
    await other.files('registry', [REGISTRATION])
    await other.dayBegins('2026-01-02')
    await other.files('sensors', readings(Array(long()).fill(rule().above + 1), 'F'))
    await other.dayBegins('2026-01-03')
    expect(other.risk(RESTAURANT).signals.map(({ indicator }) => indicator)).not.toContain(rule().id)
  })

  it('is one reading however often it is sent', async () => {
    const again = await city.files('sensors', readings([rule().above / 2]))
    expect(again.counts).toMatchObject({ lines: 1, observations: 0, duplicates: 1 })
  })
})
