import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Observation } from '../core/observation.ts'
import type { RiskPoint } from '../core/risk.ts'
import { CITY_CARD, CITY_INDICATORS, CITY_NAMES } from '../test/support/board-city.ts'
import { fixtureWarning } from '../test/support/board-fixture.ts'
import { type TestHistory, withHistory } from '../test/support/embedded.ts'
import { arithmeticOf, readEnterprisePage, readWarningPage, scoreParts, searchEnterprises } from './enterprise-page.ts'

const NOW = Date.UTC(2026, 10, 22, 6)
const WHO = 'uscc:91990101MA0000001X'

function observation(changes: Partial<Observation>): Observation {
  return {
    realm: 'demo',
    feed: 'complaints-12345',
    record: 'r1',
    part: 'main',
    id: 'complaints-12345/r1/main',
    version: 1,
    content: 'c1',
    kind: 'complaint',
    subject: WHO,
    authority: 'hotline',
    trust: 'reported',
    district: '990101',
    industry: 'H',
    cause: 'food-hygiene',
    occurred: NOW - 9_000,
    decided: 0,
    published: 0,
    known: NOW - 5_000,
    received: NOW,
    value: null,
    unit: '',
    facts: { topic: '异物' },
    source: 'complaints.csv',
    line: 7,
    gone: 0,
    ...changes,
  }
}

function point(changes: Partial<RiskPoint>): RiskPoint {
  return {
    realm: 'demo',
    enterprise: WHO,
    name: '晨曦餐饮有限公司',
    effective: NOW,
    risk: 300,
    own: 280,
    basis: 120,
    class: 'B',
    district: '990101',
    industry: 'H',
    signals: [
      {
        indicator: 'complaint-burst',
        intensity: 500,
        measure: '5/1.2',
        points: 100,
        evidence: ['complaints-12345/r1/main'],
      },
      {
        indicator: 'penalty-decayed',
        intensity: 800,
        measure: '2.10',
        points: 200,
        evidence: ['penalty-records/p1/main'],
      },
    ],
    revision: 0,
    recorded: changes.effective ?? NOW,
    removed: 0,
    policy: 'p'.repeat(64),
    receipt: 'q'.repeat(64),
    ...changes,
  }
}

const lines = (rows: readonly unknown[]): Uint8Array =>
  Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
const riskRow = (row: RiskPoint): unknown => ({ ...row, signals: JSON.stringify(row.signals) })

describe('pages out of the history', () => {
  let store: TestHistory
  beforeAll(async () => {
    store = await withHistory()
    const { history } = store
    const penalty = observation({
      feed: 'penalty-records',
      record: 'p1',
      id: 'penalty-records/p1/main',
      kind: 'penalty',
      value: 500_000,
      unit: 'fen',
      known: NOW - 60_000,
    })
    await history.insert(
      'observations',
      lines([
        observation({}),
        penalty,
        observation({ record: 'r2', id: 'complaints-12345/r2/main', known: NOW - 1_000 }),
      ]),
      'o1',
    )
    // Later and in another part: r1 corrected, with another known time; r2 withdrawn.
    await history.insert(
      'observations',
      lines([
        observation({ version: 2, content: 'c2', known: NOW - 4_000, facts: { topic: '过期' } }),
        observation({
          record: 'r2',
          id: 'complaints-12345/r2/main',
          version: 2,
          content: 'c9',
          gone: 1,
          known: NOW - 1_000,
        }),
      ]),
      'o2',
    )
    await history.insert(
      'risk',
      lines(
        [
          point({ effective: NOW - 86_400_000, risk: 90, basis: 20 }),
          point({ effective: NOW - 43_200_000, risk: 700 }),
          point({}),
        ].map(riskRow),
      ),
      'r1',
    )
    await history.insert(
      'risk',
      lines([point({ effective: NOW - 43_200_000, risk: 700, revision: 1, recorded: NOW, removed: 1 })].map(riskRow)),
      'r2',
    )
    const registered = {
      realm: 'demo',
      enterprise: WHO,
      name: '晨光餐饮有限公司',
      district: '990101',
      industry: 'H',
      facts: { established: '2019-03-18' },
      known: NOW - 90_000,
    }
    await history.insert('enterprises', lines([registered]), 'e1')
    await history.insert('enterprises', lines([{ ...registered, name: '晨曦餐饮有限公司', known: NOW - 80_000 }]), 'e2')
    const warning = {
      ...fixtureWarning(0, NOW),
      subject: WHO,
      enterprises: [WHO],
      evidence: ['complaints-12345/r1/main'],
    }
    await history.insert('warnings', lines([warning, { ...warning, state: 'confirmed', revision: 2 }]), 'w1')
  })
  afterAll(() => store.stop())

  const sources = () => ({
    history: store.history,
    card: CITY_CARD,
    names: CITY_NAMES,
    indicators: CITY_INDICATORS,
    standing: async () => undefined,
  })

  it('show the newest version of each observation, and none that is gone', async () => {
    const page = await readEnterprisePage(sources(), WHO)
    expect(page?.timeline.map((row) => [row.id, row.facts.topic ?? '', row.source, row.line])).toEqual([
      ['complaints-12345/r1/main', '过期', 'complaints.csv', 7],
      ['penalty-records/p1/main', '异物', 'complaints.csv', 7],
    ])
  })

  it('draw the risk through the change points that still hold', async () => {
    const page = await readEnterprisePage(sources(), WHO)
    expect(page?.history).toEqual([
      [NOW - 86_400_000, 90, 20],
      [NOW, 300, 120],
    ])
    expect(page?.now).toMatchObject({ risk: 300, own: 280, basis: 120, class: 'B', effective: NOW })
  })

  it('go back to a day as it was known on another: what was void later still stood then', async () => {
    const noon = NOW - 43_200_000
    const then = await readEnterprisePage(sources(), WHO, { on: noon, known: noon })
    expect(then?.now).toMatchObject({ risk: 700, effective: noon, sealed: true })
    expect(then?.timeline).toEqual([])
    const now = await readEnterprisePage(sources(), WHO, { on: noon, known: NOW })
    expect(now?.now).toMatchObject({ risk: 90, effective: NOW - 86_400_000 })
    expect(now?.history).toEqual([[NOW - 86_400_000, 90, 20]])
  })

  it('say what the score is made of, the largest part first, with the sum that a person can check', async () => {
    const page = await readEnterprisePage(sources(), WHO)
    expect(page?.now?.signals.map((part) => [part.indicator, part.points, part.weight, part.basis])).toEqual([
      ['penalty-decayed', 200, 320, true],
      ['complaint-burst', 100, 240, false],
    ])
    expect(page?.receipt?.arithmetic).toContain('200 + 100 = 300')
    expect(page?.receipt?.receipt).toBe('q'.repeat(64))
  })

  it('list the warnings of an enterprise as they stand now', async () => {
    const page = await readEnterprisePage(sources(), WHO)
    expect(page?.warnings.map((warning) => [warning.id, warning.state, warning.reason.zh !== ''])).toEqual([
      ['w-000', 'confirmed', true],
    ])
  })

  it('lead from a warning to the observations and lines that it rests on', async () => {
    const page = await readWarningPage(store.history, 'demo', 'w-000')
    expect(page?.evidence.map((row) => [row.id, row.source, row.line])).toEqual([
      ['complaints-12345/r1/main', 'complaints.csv', 7],
    ])
    expect(page?.enterpriseNames).toEqual({ [WHO]: '晨曦餐饮有限公司' })
    expect(await readWarningPage(store.history, 'demo', 'w-none')).toBeUndefined()
  })

  it('find an enterprise by part of its present name or code, and nothing by what would be SQL', async () => {
    const found = [{ enterprise: WHO, name: '晨曦餐饮有限公司', district: '990101', industry: 'H' }]
    expect(await searchEnterprises(store.history, 'demo', '晨曦')).toEqual(found)
    expect(await searchEnterprises(store.history, 'demo', 'ma0000001x')).toEqual(found)
    expect(await searchEnterprises(store.history, 'demo', '晨光')).toEqual([])
    expect(await searchEnterprises(store.history, 'demo', "' OR 1 = 1 --")).toEqual([])
    expect(await searchEnterprises(store.history, 'demo', '  ')).toEqual([])
  })

  it('know nothing of a stranger', async () => {
    expect(await readEnterprisePage(sources(), 'uscc:none')).toBeUndefined()
  })
})

describe('the arithmetic of a receipt', () => {
  it('names an indicator that the policy in force no longer has by its id', () => {
    const [part] = scoreParts([{ indicator: 'old', intensity: 1, measure: '1', points: 5, evidence: [] }], {})
    expect(part?.name).toEqual({ zh: 'old', en: 'old' })
  })

  it('is honest about an enterprise without signals', () => {
    expect(arithmeticOf(0, [])).toEqual(['0 = 0', 'risk = 0'])
  })
})
