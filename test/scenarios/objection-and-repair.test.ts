import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cases } from '../../app/cases.ts'
import { riskOn } from '../../core/risk-history.ts'
import { type CaseCity, createCaseCity } from '../support/case-city.ts'
import { type TestHistory, type TestRedis, withHistory, withRedis } from '../support/embedded.ts'
import { midnight, penalty, REGISTRATION, RESTAURANT } from '../support/guide-city.ts'
import { until } from '../support/until.ts'

const WRONG = ['并市罚〔2024〕1号', '并市罚〔2024〕2号', '并市罚〔2024〕3号', '并市罚〔2024〕4号', '并市罚〔2024〕5号']
const RIGHT = '并市罚〔2024〕9号'
const RECENT = '并市罚〔2026〕7号'
const REGISTERED = { ...REGISTRATION, 推送时间: '2024-01-02 08:00:00' }
const LISTED = {
  ...REGISTERED,
  业务流水号: 'MD1',
  业务类型: '列入严重失信名单',
  事由: '食品安全',
  推送时间: '2024-03-16 09:00:00',
}
/** The one that is taken back, and those that stay. */
const [TAKEN = '', ...KEPT] = WRONG

let redis: TestRedis
let store: TestHistory
const cities: CaseCity[] = []

beforeAll(async () => {
  ;[redis, store] = await Promise.all([withRedis(), withHistory()])
})
afterAll(async () => {
  for (const city of cities) await city.stop()
  await Promise.all([redis.stop(), store.stop()])
})

/** Two years of a restaurant that was punished, as its authority filed them. */
async function twoYears(realm: string, punished: readonly string[], later: readonly string[]): Promise<CaseCity> {
  const city = await createCaseCity(realm, redis, store)
  cities.push(city)
  await city.files('registry', [REGISTERED])
  await city.dayBegins('2024-03-01')
  await city.files(
    'penalties',
    punished.map((number) => penalty(number, `2024-03-1${number.charAt(9)}`)),
  )
  await city.files('registry', [LISTED])
  await city.dayBegins('2024-03-20')
  if (later.length > 0)
    await city.files(
      'penalties',
      later.map((number) => penalty(number, '2024-06-01')),
    )
  await city.files('penalties', [penalty(RECENT, '2026-04-20', { CF_CFLB: '罚款' })])
  await city.dayBegins('2026-05-04')
  return city
}

async function targetIn(city: CaseCity, number: string): Promise<string> {
  const found = (await city.observations(RESTAURANT)).find(({ facts }) => facts.document === number)
  if (found === undefined) throw new Error(`${number} is not there`)
  return found.id
}

/** Sweeps, as the clock does again and again, until it has come to what is looked for. */
const swept = <Found>(city: CaseCity, look: (cases: Cases) => Promise<Found | undefined>): Promise<Found> =>
  until('the clock to have seen it', async () => {
    await city.sweep()
    return look(await city.cases())
  })

const on = (city: CaseCity, date: string, known: string) =>
  riskOn(store.history, { realm: city.realm, enterprise: RESTAURANT, on: midnight(date), known: midnight(known) })

let city: CaseCity
/** The same two years without the record that is objected to; and without the one that is repaired either. */
let never: CaseCity
let clean: CaseCity
let target: string

beforeAll(async () => {
  ;[city, never, clean] = await Promise.all([
    twoYears('city', WRONG, [RIGHT]),
    twoYears('never', KEPT, [RIGHT]),
    twoYears('clean', KEPT, []),
  ])
  target = await targetIn(city, TAKEN)
})

const file = async (ground: string) =>
  (await city.cases()).objections.file({ target, objector: RESTAURANT, ground, by: 'operator' })

describe('an objection that is rejected', () => {
  it('leaves a past as if the record had never been held out', async () => {
    const before = await city.points(RESTAURANT)
    const { id } = await file('不服')
    await city.caughtUp()
    expect(await city.points(RESTAURANT)).not.toEqual(before)
    const { objections } = await city.cases()
    await objections.decide({ objection: id, outcome: 'rejected', reason: '证据充分', by: 'operator' })
    await city.caughtUp()
    expect(await city.points(RESTAURANT)).toEqual(before)
  })
})

describe('an objection to a penalty two years old', () => {
  let objection: string

  it('is filed with a clock, and the record is not used until it is decided', async () => {
    expect(await city.points(RESTAURANT)).not.toEqual(await never.points(RESTAURANT))
    const filed = await file('决定书已撤销')
    objection = filed.id
    expect(filed).toMatchObject({ state: 'filed', suspended: true, provisional: true, enterprise: RESTAURANT })
    expect(filed.due).toBeGreaterThan(filed.filed)
    await city.caughtUp()
    expect(await city.points(RESTAURANT)).toEqual(await never.points(RESTAURANT))
  })

  it('is upheld: score, class basis and the whole history are as if the record had never been', async () => {
    const { objections } = await city.cases()
    const decided = await objections.decide({ objection, outcome: 'upheld', reason: '处罚对象有误', by: 'operator' })
    expect(decided).toMatchObject({ state: 'decided', outcome: 'upheld', suspended: false })
    await city.caughtUp()
    const points = await city.points(RESTAURANT)
    expect(points.length).toBeGreaterThan(5)
    expect(points).toEqual(await never.points(RESTAURANT))
  })

  it('still shows what was said then, to whoever asks as of then', async () => {
    const then = await on(city, '2024-03-20', '2024-03-20')
    const now = await on(city, '2024-03-20', '2026-06-01')
    expect(then?.signals.flatMap(({ evidence }) => evidence)).toContain(target)
    expect(now?.signals.flatMap(({ evidence }) => evidence)).not.toContain(target)
    expect(now?.basis).toBeLessThan(then?.basis ?? 0)
    expect(await on(never, '2024-03-20', '2026-06-01')).toMatchObject({ risk: now?.risk, basis: now?.basis })
  })

  it('lists whom the record had reached, and tells each of them again, once', async () => {
    const shown = await (await city.cases()).objections.show(objection)
    const told = await city.delivered()
    expect(told.length).toBeGreaterThan(0)
    expect(shown?.touched?.points).toBeGreaterThan(0)
    expect(shown?.touched?.warnings.length).toBeGreaterThan(0)
    expect(shown?.touched?.receivers.length).toBeGreaterThan(0)
    const after = await swept(city, async ({ objections }) => {
      const one = await objections.show(objection)
      return one?.state === 'told' ? one : undefined
    })
    await city.sweep()
    expect(after.told.map(({ warning, receiver }) => ({ warning, receiver }))).toEqual(shown?.touched?.receivers)
    const notices = (await city.delivered()).map(({ id }) => id)
    expect(new Set(notices).size).toBe(notices.length)
    for (const { notice } of after.told) expect(notices).toContain(notice)
  })

  it('cannot be decided twice', async () => {
    const { objections } = await city.cases()
    const again = objections.decide({ objection, outcome: 'rejected', reason: '', by: 'operator' })
    await expect(again).rejects.toMatchObject({ reason: 'already-decided' })
  })
})

describe('a repair', () => {
  it('is refused before its shortest period, with the date from which it may be asked', async () => {
    const { repairs } = await city.cases()
    const { id } = await repairs.open({ target: await targetIn(city, RECENT), by: 'operator' })
    // Food is serious under Order 36: a year from the document's date.
    await expect(repairs.request({ repair: id, by: 'operator' })).rejects.toThrow('2027-04-20')
  })

  it('after it leaves a history without the record, and whoever was told is told again', async () => {
    const { repairs } = await city.cases()
    const { id } = await repairs.open({ target: await targetIn(city, RIGHT), by: 'operator' })
    await expect(repairs.request({ repair: id, by: 'operator' })).rejects.toMatchObject({ reason: 'proof-missing' })
    await repairs.bring({ repair: id, proof: 'promise', document: '承诺书', by: 'operator' })
    await repairs.bring({ repair: id, proof: 'proof', document: '缴款凭证', by: 'operator' })
    const requested = await repairs.request({ repair: id, by: 'operator' })
    expect(requested).toMatchObject({ state: 'requested', rules: 'ndrc-36-2026' })
    const granted = await repairs.answer({ repair: id, granted: true, reason: '义务已履行', by: 'operator' })
    expect(granted).toMatchObject({ state: 'granted' })
    expect(granted.touched?.points).toBeGreaterThan(0)
    await city.caughtUp()
    expect(await city.points(RESTAURANT)).toEqual(await clean.points(RESTAURANT))
    const lifted = await swept(city, async (cases) => {
      const one = await cases.repairs.show(id)
      return one?.state === 'lifted' ? one : undefined
    })
    expect(lifted.told.map(({ warning, receiver }) => ({ warning, receiver }))).toEqual(granted.touched?.receivers)
  })
})

describe('an objection upheld in part', () => {
  it('leaves a past in which the record had always said what it should', async () => {
    const [kept = ''] = KEPT
    const wrong = await targetIn(never, kept)
    const { objections } = await never.cases()
    const { id } = await objections.file({ target: wrong, objector: RESTAURANT, ground: '金额有误', by: 'operator' })
    await objections.decide({
      objection: id,
      outcome: 'corrected',
      reason: '应为警告',
      values: { value: 0, facts: { severity: 'minor' } },
      by: 'operator',
    })
    await never.caughtUp()
    const right = (await never.observations(RESTAURANT)).find((one) => one.facts.document === kept && one.id !== wrong)
    expect(right).toMatchObject({ kind: 'penalty', value: 0, facts: { severity: 'minor', document: kept } })
    const evidence = async (known: string) =>
      (await on(never, '2024-03-20', known))?.signals.flatMap((signal) => signal.evidence)
    expect(await evidence('2024-03-20')).toContain(wrong)
    expect(await evidence('2026-06-01')).not.toContain(wrong)
    expect(await evidence('2026-06-01')).toContain(right?.id)
  })
})

describe('a repair that nobody answers', () => {
  it('is told to the superior of the authority, once, and shows as late', async () => {
    const { repairs } = await never.cases()
    const { id } = await repairs.open({ target: await targetIn(never, RIGHT), by: 'operator' })
    for (const proof of ['promise', 'proof'] as const)
      await repairs.bring({ repair: id, proof, document: '凭证', by: 'operator' })
    await repairs.request({ repair: id, by: 'operator' })
    await never.dayBegins('2026-05-20')
    const late = await swept(never, async (cases) => {
      const one = await cases.repairs.show(id)
      return one?.state === 'overdue' ? one : undefined
    })
    expect(late.superior).toBe('duty-desk')
    await never.sweep()
    const notices = (await never.delivered()).filter((notice) => notice.warning.cause === 'repair-overdue')
    expect(notices.map(({ receiver }) => receiver)).toEqual(['duty-desk'])
    expect(notices[0]?.warning.reason.en).toContain('the request for repair')
  })
})

describe('an objection that nobody answers', () => {
  it('is told to the superior of the authority, once', async () => {
    const { objections } = await clean.cases()
    const { id } = await objections.file({
      target: await targetIn(clean, RECENT),
      objector: RESTAURANT,
      ground: '不服',
      by: 'operator',
    })
    await clean.dayBegins('2026-05-20')
    const late = await swept(clean, async (cases) => {
      const one = await cases.objections.show(id)
      return one?.state === 'overdue' ? one : undefined
    })
    expect(late.superior).toBe('duty-desk')
    await clean.sweep()
    const notices = (await clean.delivered()).filter((notice) => notice.warning.cause === 'objection-overdue')
    expect(notices.map(({ receiver }) => receiver)).toEqual(['duty-desk'])
  })
})
