import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareStaged, shadowsOf } from '../../app/commands/policy-change.ts'
import { verifyScore } from '../../app/commands/verify.ts'
import { activatePolicy, stagePolicy } from '../../app/policy-desk.ts'
import type { RealmPolicy } from '../../core/policy.ts'
import { openPolicyJournal, type PolicyJournal } from '../../core/policy-journal.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { AS_KNOWN_NOW } from '../../core/risk-history.ts'
import { policyHash } from '../../processors/realm-policy.ts'
import { receiptBytes } from '../../processors/receipt.ts'
import { verifyReceipt } from '../../processors/verify-receipt.ts'
import { type CaseCity, createCaseCity } from '../support/case-city.ts'
import { type TestHistory, type TestRedis, withHistory, withRedis } from '../support/embedded.ts'
import { midnight, penalty, REGISTRATION, RESTAURANT } from '../support/guide-city.ts'
import { until } from '../support/until.ts'

const REALM = 'changing'
const ENTERED = { by: 'planner', note: 'penalties of a year count', at: 0 }

let redis: TestRedis
let store: TestHistory
let city: CaseCity
let journal: PolicyJournal
let next: RealmPolicy
/** The tick at which it took over. */
let from: number

const ports = () => ({ log: city.log, history: store.history, present: city.present })

/** All that the realm's scores were ever said to be. */
const rows = (table: 'risk' | 'shadow_risk' = 'risk') =>
  store.history.query<RiskPoint>(
    `SELECT enterprise, effective, recorded, revision, removed, risk, basis, class, signals, policy, receipt FROM ${table} FINAL
      WHERE realm = {realm:String} ORDER BY enterprise, effective, recorded, revision`,
    { realm: REALM },
  )

const shadowAt = (instant: number, wish = '') =>
  until('the shadow to have caught up', async () =>
    (await shadowsOf(city, REALM)).find(
      ({ caughtUp, sealed, wanted }) => caughtUp && sealed >= instant && wanted === wish,
    ),
  )

beforeAll(async () => {
  ;[redis, store] = await Promise.all([withRedis(), withHistory()])
  city = await createCaseCity(REALM, redis, store)
  journal = await openPolicyJournal(ports(), REALM)
  await city.files('registry', [REGISTRATION])
  await city.dayBegins('2026-02-01')
  await city.files('penalties', [
    penalty('并市罚〔2026〕1号', '2026-02-03'),
    penalty('并市罚〔2026〕2号', '2026-03-05'),
  ])
  await city.dayBegins('2026-04-20')
  const { realm } = city.set
  next = {
    ...realm,
    classes: realm.classes.map((band) => (band.class === 'D' ? { ...band, from: 1000 } : band)),
    indicators: [
      ...realm.indicators.map((one) => (one.kind === 'decayed-count' ? { ...one, weight: 1 + one.weight } : one)),
      {
        id: 'penalties-of-a-year',
        name: { zh: '一年处罚', en: 'Penalties of a year' },
        family: 'conduct',
        weight: 600,
        basis: true,
        cause: 'food-hygiene',
        kind: 'window-count',
        select: { kinds: ['penalty'] },
        mode: 'sliding',
        windowHours: 365 * 24,
        aggregate: 'count',
        threshold: 2,
        saturation: 2,
      },
    ],
  }
})

afterAll(async () => {
  await journal.close()
  await city.stop()
  await Promise.all([redis.stop(), store.stop()])
})

describe('a policy that is staged', () => {
  it('must be able to follow the one in force', async () => {
    await expect(stagePolicy(journal, { ...next, tickMinutes: 60 }, ENTERED)).rejects.toThrow(/the tick cannot change/)
    await expect(stagePolicy(journal, city.set.realm, ENTERED)).rejects.toThrow(/is in force already/)
    await expect(activatePolicy(journal, policyHash(next), 0, ENTERED)).rejects.toThrow(/Nothing is staged/)
  })

  it('is folded in shadow from the beginning, apart from what is in force', async () => {
    const before = await rows()
    await stagePolicy(journal, next, ENTERED)
    await shadowAt(midnight('2026-04-20'))
    const shadow = await rows('shadow_risk')
    expect(shadow.length).toBeGreaterThan(2)
    expect(new Set(shadow.map(({ policy }) => policy))).toEqual(new Set([policyHash(next)]))
    expect(Math.min(...shadow.map(({ effective }) => effective))).toBeLessThan(midnight('2026-02-04'))
    expect(await rows()).toEqual(before)
  })

  it('is held against the one in force: who would move, how far, and why', async () => {
    const comparison = await compareStaged(journal, ports(), REALM, 5)
    expect(comparison.enterprises).toBe(1)
    const [mover] = comparison.movers
    expect(mover?.enterprise).toBe(RESTAURANT)
    expect(mover?.after).toBeGreaterThan(mover?.before ?? 1000)
    expect(mover?.why[0]?.indicator).toBe('penalties-of-a-year')
    expect(comparison.classes).toEqual([{ from: 'D', to: 'C', enterprises: 1 }])
  })
})

describe('a policy that is activated', () => {
  beforeAll(async () => {
    const { id } = await activatePolicy(journal, policyHash(next).slice(0, 8), midnight('2026-05-10'), ENTERED)
    await city.dayBegins('2026-05-01')
    await shadowAt(midnight('2026-05-01'), id)
    await city.files('penalties', [penalty('并市罚〔2026〕3号', '2026-06-20')])
    await city.dayBegins('2026-07-20')
    await journal.refresh()
    from = journal.book().eras.at(-1)?.entry.from ?? 0
  })

  it('takes over at the first period that begins at or after the instant', () => {
    const [first, second] = journal.book().eras
    expect(journal.book().eras).toHaveLength(2)
    expect(first?.entry).toMatchObject({ from: 0, activation: '' })
    expect(second?.entry).toMatchObject({ policy: policyHash(next), activation: expect.stringMatching(/^\w{16}$/) })
    expect(from).toBeGreaterThanOrEqual(midnight('2026-05-10'))
    expect(from).toBeLessThan(midnight('2026-06-08'))
    expect(journal.book()).toMatchObject({ staged: undefined, wanted: undefined })
  })

  it('says everything anew there, with its whole window behind it; what was said before stays', async () => {
    const all = await rows()
    const [old, young] = [policyHash(city.set.realm), policyHash(next)]
    for (const { effective, policy } of all) expect(policy).toBe(effective < from ? old : young)
    const restated = all.find(({ effective }) => effective === from)
    expect(restated).toMatchObject({ enterprise: RESTAURANT, recorded: from, class: 'C' })
    expect(JSON.stringify(restated?.signals)).toContain('penalties-of-a-year')
    expect(all.filter(({ effective }) => effective > from).length).toBeGreaterThan(0)
  })

  it.each([
    ['before', '2026-05-01', 0],
    ['after', '2026-07-10', 1],
  ])('gives receipts that name it: %s', async (_, on, era) => {
    const asked = { enterprise: RESTAURANT, on: midnight(on), known: AS_KNOWN_NOW }
    const { verdict, receipt } = await verifyScore(ports(), city.set, asked)
    expect(verdict).toMatchObject({ ok: true, differences: [] })
    if (receipt === undefined) throw new Error('no receipt')
    expect(receipt.activation).toEqual(journal.book().eras[era]?.entry)
    expect(verifyReceipt(receiptBytes(receipt))).toMatchObject({ ok: true, differences: [] })
    const later = { ...receipt.activation, from: receipt.point.effective + 1 }
    expect(verifyReceipt(receiptBytes({ ...receipt, activation: later })).ok).toBe(false)
  })

  it('corrects what it said, and leaves what the policy before it said', async () => {
    const before = (await rows()).filter(({ effective }) => effective < from)
    await city.files('penalties', [penalty('并市罚〔2026〕5号', '2026-03-20')])
    await city.dayBegins('2026-08-10')
    const all = await rows()
    expect(all.filter(({ effective }) => effective < from)).toEqual(before)
    const corrected = all.filter(({ effective, revision }) => effective === from && revision > 0)
    expect(corrected).toHaveLength(1)
  })
})
