import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CaseCity, createCaseCity } from '../support/case-city.ts'
import { type TestHistory, type TestRedis, withHistory, withRedis } from '../support/embedded.ts'
import { REGISTRATION, RESTAURANT } from '../support/guide-city.ts'

let redis: TestRedis
let store: TestHistory
let city: CaseCity

beforeAll(async () => {
  ;[redis, store] = await Promise.all([withRedis(), withHistory()])
  city = await createCaseCity('interviews', redis, store)
  await city.files('registry', [{ ...REGISTRATION, 推送时间: '2025-01-02 08:00:00' }])
})
afterAll(async () => {
  await city.stop()
  await Promise.all([redis.stop(), store.stop()])
})

const interview = (more: Readonly<Record<string, string>>) => ({
  约谈编号: '约〔2026〕1号',
  约谈类型: '警示约谈',
  约谈机关: '市场监管局',
  统一社会信用代码: RESTAURANT.slice('uscc:'.length),
  约谈事由: '食品卫生问题突出',
  约谈时间: '2026-03-02 10:00:00',
  到场情况: '到场',
  整改期限: '2026-03-20',
  整改完成日期: '',
  整改结果: '',
  更新时间: '2026-03-02 18:00:00',
  ...more,
})

const signals = async (): Promise<readonly string[]> => {
  const points = (await city.points(RESTAURANT)) as readonly { readonly signals: string }[]
  return [...(points.at(-1)?.signals.matchAll(/"indicator":"([^"]+)"/g) ?? [])].map(([, name = '']) => name)
}

it('an enterprise that was warned in an interview weighs more, and more again when its day to mend is over', async () => {
  await city.files('interviews', [interview({})])
  await city.dayBegins('2026-03-10')
  expect(await signals()).toContain('interviewed')
  expect(await signals()).not.toContain('interview-unmended')
  await city.dayBegins('2026-04-10')
  expect(await signals()).toContain('interview-unmended')
})

it('and no more for that once its authority says that it has mended, however late', async () => {
  const mended = { 整改完成日期: '2026-04-09', 整改结果: '逾期整改', 更新时间: '2026-04-10 18:00:00' }
  await city.files('interviews', [interview(mended)])
  await city.dayBegins('2026-04-14')
  expect(await signals()).toContain('interviewed')
  expect(await signals()).not.toContain('interview-unmended')
})
