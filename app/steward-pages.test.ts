import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StewardPages } from '../adapters/http/steward-page-routes.ts'
import { createMemoryEventLog } from '../adapters/memory/event-log.ts'
import { createMemoryPresent } from '../adapters/memory/present.ts'
import { CITY_CARD, CITY_NAMES } from '../test/support/board-city.ts'
import { type TestHistory, withHistory } from '../test/support/embedded.ts'
import { day, observation } from '../test/support/observations.ts'
import { openCases } from './cases.ts'
import { loadPolicySet } from './policies.ts'
import { createStewardPages } from './steward-pages.ts'

const POLICIES = fileURLToPath(new URL('../policies/', import.meta.url))
const loaded = loadPolicySet(POLICIES, 'city')
const SET = { ...loaded, realm: { ...loaded.realm, realm: 'test', clock: 'event' as const } }
const NOW = day(20)
const FIRST = observation({ record: 'p1', decided: day(1), known: day(1), authority: 'market-supervision' })
const SECOND = observation({ record: 'p2', decided: day(2), known: day(2), subject: 'person:tk:0123' })

let store: TestHistory
let pages: StewardPages
let reads = 0
let now = NOW

beforeAll(async () => {
  store = await withHistory()
  const rows = [FIRST, SECOND].map((one) => `${JSON.stringify(one)}\n`).join('')
  await store.history.insert('observations', Buffer.from(rows), 'rows')
  const present = createMemoryPresent()
  await present.put('test', 'shards', { 0: JSON.stringify({ sealedUntil: NOW }) })
  const ports = { log: createMemoryEventLog({ wait: async () => undefined }), history: store.history, present }
  const parts = { ports, policiesFolder: POLICIES, personalKey: new Uint8Array(32) }
  const { objections, repairs } = await openCases(parts, SET)
  await objections.file({ target: FIRST.id, objector: FIRST.subject, ground: '金额有误', by: 'li' })
  await objections.file({ target: SECOND.id, objector: 'tk:0123', ground: '不是本人，电话13912345678', by: 'li' })
  await repairs.open({ target: FIRST.id, by: 'li' })
  pages = createStewardPages({
    history: store.history,
    clock: { now: () => now },
    realm: (realm) => (realm === 'test' ? { set: SET, card: { ...CITY_CARD, realm }, names: CITY_NAMES } : undefined),
    cases: (set) => {
      reads++
      return openCases(parts, set)
    },
  })
})
afterAll(() => store.stop())

describe('the pages of stewards and officers', () => {
  it('show objections and repairs with their clocks, and of persons nothing', async () => {
    const page = await pages.cases('test')
    expect(page?.totals).toMatchObject({ unanswered: 2, overdue: 0, asked: 1, granted: 0 })
    expect(page?.objections).toMatchObject([
      {
        state: 'filed',
        enterprise: FIRST.subject,
        byPerson: false,
        authority: 'market-supervision',
        ground: '金额有误',
      },
      { state: 'filed', enterprise: '', byPerson: true, ground: '不是本人，电话…' },
    ])
    expect(page?.objections[0]?.due).toBeGreaterThan(NOW)
    expect(page?.repairs).toMatchObject([{ state: 'open', brought: [], severity: 'general' }])
    expect(JSON.stringify(page)).not.toContain('tk:')
    expect(page?.authorities['market-supervision']).toEqual({ zh: '市场监管局', en: 'Market supervision' })
  })

  it('are read once for all who ask within seconds', async () => {
    const before = reads
    now += 60_000
    const [one, other] = await Promise.all([pages.cases('test'), pages.cases('test')])
    expect(one).toBe(other)
    expect(reads).toBe(before + 1)
  })

  it('have six months of the report of codes, the last of them now', async () => {
    const page = await pages.codes('test')
    expect(page?.months).toHaveLength(6)
    expect(page?.months.at(-1)).toBe(new Date(NOW + 8 * 3_600_000).toISOString().slice(0, 7))
    expect(page?.lines).toEqual([])
  })

  it('are none of a realm that is not', async () => {
    expect(await pages.rejects('nowhere')).toBeUndefined()
    expect((await pages.rejects('test'))?.totals.open).toBe(0)
  })
})
