import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CaseCity, createCaseCity } from '../support/case-city.ts'
import { type TestHistory, type TestRedis, withHistory, withRedis } from '../support/embedded.ts'
import { REGISTRATION, RESTAURANT } from '../support/guide-city.ts'

let redis: TestRedis
let store: TestHistory
let city: CaseCity

beforeAll(async () => {
  ;[redis, store] = await Promise.all([withRedis(), withHistory()])
  city = await createCaseCity('still-shown', redis, store)
  await city.files('registry', [{ ...REGISTRATION, 推送时间: '2025-01-02 08:00:00' }])
})
afterAll(async () => {
  await city.stop()
  await Promise.all([redis.stop(), store.stop()])
})

const bulletin = (number: string, more: Readonly<Record<string, string>>) => ({
  名单类型: '失信被执行人',
  被执行人名称: '甲店',
  统一社会信用代码: RESTAURANT.slice('uscc:'.length),
  组织机构代码: '',
  案号: number,
  执行法院: '中院',
  立案时间: '2026-01-20',
  发布时间: '2026-03-02',
  履行情况: '全部未履行',
  涉及金额: '20000元',
  移出日期: '',
  更新时间: '2026-03-02 10:00:00',
  ...more,
})
const paid = { 履行情况: '全部履行', 更新时间: '2026-04-20 10:00:00' }
const lateNotices = async (cause: string) =>
  (await city.delivered())
    .filter(({ warning }) => warning.cause === cause)
    .map(({ receiver, warning }) => ({ receiver, reason: warning.reason.zh }))

it('a court that leaves on its list who has paid is told on to its superior once its three working days are over', async () => {
  await city.files('court-bulletins', [bulletin('执1号', {}), bulletin('执2号', {}), bulletin('执3号', {})])
  await city.dayBegins('2026-04-20')
  await city.files('court-bulletins', [
    bulletin('执1号', paid),
    bulletin('执2号', { ...paid, 移出日期: '2026-04-21', 更新时间: '2026-04-21 10:00:00' }),
  ])
  await city.dayBegins('2026-04-23')
  await city.sweepShown()
  expect(await lateNotices('removal-overdue')).toEqual([])
  await city.dayBegins('2026-04-26')
  await city.sweepShown()
  await city.sweepShown()
  const [late, ...others] = await lateNotices('removal-overdue')
  expect(others).toEqual([])
  expect(late).toMatchObject({ receiver: 'duty-desk', reason: expect.stringContaining('intermediate-court') })
  const listings = await (await city.cases()).listings.list(10)
  expect(listings).toMatchObject([{ enterprise: RESTAURANT, rules: 'ndrc-36-2026/judgment-defaulter' }])
})

it('what was repaired and is shown after its day is told, once, and no more once its source has ended it', async () => {
  const listing = (await city.observations(RESTAURANT)).find(({ facts }) => facts.case === '执3号')
  const { repairs } = await city.cases()
  const { id } = await repairs.open({ target: listing?.id ?? '', by: 'li' })
  for (const proof of ['promise', 'proof'] as const)
    await repairs.bring({ repair: id, proof, document: '凭证', by: 'li' })
  await repairs.request({ repair: id, by: 'li' })
  await repairs.answer({ repair: id, granted: true, reason: '已履行', by: 'li' })
  await city.caughtUp()
  await city.sweepShown()
  expect(await lateNotices('display-overdue')).toEqual([])
  await city.dayBegins('2026-05-12')
  await city.sweepShown()
  await city.sweepShown()
  expect(await lateNotices('display-overdue')).toMatchObject([{ receiver: 'duty-desk' }])
  await city.files('court-bulletins', [bulletin('执3号', { 移出日期: '2026-05-12', 更新时间: '2026-05-12 10:00:00' })])
  await city.dayBegins('2026-05-14')
  await city.sweepShown()
  const repair = await (await city.cases()).repairs.show(id)
  expect(repair).toMatchObject({ stillShown: 'duty-desk' })
  expect(repair?.stopped).toBeGreaterThan(0)
})
