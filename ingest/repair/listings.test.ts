import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import type { Observation } from '../../core/observation.ts'
import { DAY_MS } from '../../core/time.ts'
import { type TestHistory, withHistory } from '../../test/support/embedded.ts'
import { fixedClock } from '../../test/support/ingest-fixture.ts'
import { observation } from '../../test/support/observations.ts'
import { createListings, type Listings, type RemovalOverdue } from './listings.ts'
import { readRepairRules } from './rule-set.ts'

const FOLDER = new URL('../../policies/repair/', import.meta.url)
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))
const RULES = readRepairRules(
  readdirSync(FOLDER)
    .filter((name) => name !== 'choice.json')
    .map(read),
  read('choice.json'),
)
const local = (date: string) => Date.parse(`${date}T00:00:00+08:00`)
/** What a court's row says once all is paid, and when it said so. */
const fulfilled = (date: string) => ({ facts: { state: '全部履行', fulfilled: String(local(date)) } })

let store: TestHistory
let realm = 0

beforeAll(async () => {
  store = await withHistory()
}, 60_000)
afterAll(() => store.stop(), 60_000)

/** One judgment defaulter in the versions that the court filed, and who is told of it on any day. */
async function listed(...versions: readonly Partial<Observation>[]) {
  const name = `listings-${realm++}`
  const log = createMemoryEventLog()
  let version = 0
  async function files(...rows: readonly Partial<Observation>[]): Promise<void> {
    const lines = rows.map((row) => {
      const listing = {
        feed: 'courts',
        record: 'r',
        part: 'listing',
        id: 'courts/r/listing',
        kind: 'court-listing',
      } as const
      const filed = { cause: 'enforcement-default', authority: 'intermediate-court', decided: local('2026-01-05') }
      return `${JSON.stringify(observation({ ...listing, ...filed, realm: name, version: ++version, ...row }))}\n`
    })
    await store.history.insert('observations', Buffer.from(lines.join('')), `${name} ${version}`)
  }
  await files(...versions)
  const told: RemovalOverdue[] = []
  const on = (date: string): Listings =>
    createListings({
      ...{ realm: name, log, history: store.history, rules: RULES, zoneOffsetMinutes: 480, wall: fixedClock },
      now: () => local(date),
      addWorkingDays: (at, days) => ({ at: at + days * DAY_MS, provisional: false }),
      superiorOf: (authority) => `above-${authority}`,
      hide: (text) => text,
    })
  const tell = async (late: RemovalOverdue) => void told.push(late)
  return { files, told, tell, on }
}

it('a defaulter who has paid and is listed all the same is told to the superior of the court, once', async () => {
  const { on, told, tell } = await listed({ facts: { state: '全部未履行' } }, fulfilled('2026-05-04'))
  expect(await on('2026-05-06').markOverdue(tell)).toBe(0)
  await expect(on('2026-05-07').markOverdue(() => Promise.reject(new Error('killed')))).rejects.toThrow('killed')
  expect(await on('2026-05-08').markOverdue(tell)).toBe(1)
  expect(await on('2026-05-09').markOverdue(tell)).toBe(0)
  expect(told).toMatchObject([
    {
      ...{ target: 'courts/r/listing', authority: 'intermediate-court', superior: 'above-intermediate-court' },
      ...{ rules: 'ndrc-36-2026/judgment-defaulter', provisional: true },
      ...{ since: local('2026-05-04'), due: local('2026-05-07') },
    },
  ])
  expect(await on('2026-05-09').list(10)).toEqual(told)
})

it('the days run from the first row that says so, whatever else is filed of it later', async () => {
  const { on, told, tell, files } = await listed(fulfilled('2026-05-04'))
  await files(fulfilled('2026-05-06'))
  expect(await on('2026-05-07').markOverdue(tell)).toBe(1)
  expect(told[0]?.since).toBe(local('2026-05-04'))
})

it('and anew where it was said by mistake', async () => {
  const { on, told, tell } = await listed(
    fulfilled('2026-05-04'),
    { facts: { state: '部分未履行' } },
    fulfilled('2026-06-01'),
  )
  expect(await on('2026-06-03').markOverdue(tell)).toBe(0)
  expect(await on('2026-06-04').markOverdue(tell)).toBe(1)
  expect(told[0]?.since).toBe(local('2026-06-01'))
})

it.each<[string, readonly Partial<Observation>[]]>([
  ['was taken off in time', [fulfilled('2026-05-04'), { gone: 1 }]],
  ['has not paid', [{ facts: { state: '部分未履行' } }]],
  ['is on another list', [{ ...fulfilled('2026-05-04'), cause: 'false-litigation' }]],
])('nothing is said of whoever %s', async (_, versions) => {
  const { on, tell } = await listed(...versions)
  expect(await on('2027-01-01').markOverdue(tell)).toBe(0)
})
