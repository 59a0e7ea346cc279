/**
 * The guide, fourth part: from risk to the one who has to act.
 *
 * A *warning* is a claim that something needs a person. It is raised when the risk crosses a level of the policy, routed to
 * the first receiver whose route matches, and told as a *notice* that carries its reason and its evidence. What it rests
 * on may turn out to be wrong: then whoever was told is told again.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { createGuideCity, type GuideCity, penalty, REGISTRATION, RESTAURANT } from '../support/guide-city.ts'

const NUMBERS = [1, 2, 3, 4, 5].map((number) => `并市罚〔2026〕${number}号`)

/** The register puts it on the list of serious breaches of trust, and takes it off again: one record, filed twice. */
const listed = (type: '列入严重失信名单' | '移出严重失信名单', filed: string) => ({
  ...REGISTRATION,
  业务流水号: 'MD1',
  业务类型: type,
  事由: '食品安全',
  推送时间: `${filed} 09:00:00`,
})

describe('a warning reaches its receiver', () => {
  let city: GuideCity

  beforeAll(async () => {
    city = await createGuideCity()
    await city.files('registry', [REGISTRATION])
    await city.dayBegins('2026-03-01')
  })

  it('says nothing of an enterprise against which nothing is known', async () => {
    expect(await city.alerts()).toEqual({ warnings: [], delivered: [] })
  })

  it('is raised with its reason and its evidence when one grave fact follows another', async () => {
    await city.files(
      'penalties',
      NUMBERS.map((number, i) => penalty(number, `2026-03-1${i}`)),
    )
    await city.files('registry', [listed('列入严重失信名单', '2026-03-15')])
    await city.dayBegins('2026-03-20')
    const { warnings } = await city.alerts()
    expect(warnings).toHaveLength(1)
    const [warning] = warnings
    expect(warning).toMatchObject({ kind: 'enterprise', state: 'open', subject: RESTAURANT, industries: ['H'] })
    expect(warning?.risk).toBe(city.risk(RESTAURANT).risk)
    const lowest = Math.min(...city.policy.warnings.map(({ from }) => from))
    expect(warning?.risk).toBeGreaterThanOrEqual(lowest)
    expect(warning?.reason.zh).toMatch(/\d/)
    expect(warning?.reason.en).toMatch(/\d/)
    expect(warning?.evidence.length).toBeGreaterThan(0)
  })

  it('goes to the authority that the policy’s first matching route names, and to nobody else', async () => {
    const { warnings, delivered } = await city.alerts()
    const route = city.policy.routes.find(
      ({ causes, levels, districts, industries }) =>
        (causes?.includes(warnings[0]?.cause ?? '') ?? true) &&
        (levels?.includes(warnings[0]?.level ?? '') ?? true) &&
        (districts?.includes('140105') ?? true) &&
        (industries?.includes('H') ?? true),
    )
    expect(new Set(delivered.map(({ receiver }) => receiver))).toEqual(new Set([route?.receiver]))
    expect(delivered.at(-1)?.warning.level).toBe(warnings[0]?.level)
  })

  it('is told once, however often the alert role starts again', async () => {
    const before = (await city.alerts()).delivered.length
    expect((await city.alerts()).delivered).toHaveLength(before)
  })

  it('is taken back, and its receiver told, when what it rested on is withdrawn', async () => {
    const before = (await city.alerts()).delivered.length
    await city.files(
      'penalties',
      NUMBERS.map((number, i) => penalty(number, `2026-03-1${i}`, { BZ: '撤销', SJC: '2026-03-21 09:00:00' })),
    )
    await city.files('registry', [listed('移出严重失信名单', '2026-03-21')])
    await city.dayBegins('2026-03-22')
    const { warnings, delivered } = await city.alerts()
    expect(warnings[0]?.state).toBe('withdrawn')
    expect(delivered.length).toBeGreaterThan(before)
    const [first, last] = [delivered[0], delivered.at(-1)]
    expect(last).toMatchObject({ receiver: first?.receiver, warning: { id: first?.warning.id, state: 'withdrawn' } })
  })
})
