import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EventLog } from '../../core/event-log.ts'
import { createBoards } from '../../dashboards/boards.ts'
import { readObjectionPolicy } from '../../ingest/objections/objection-policy.ts'
import { createObjections } from '../../ingest/objections/objections.ts'
import { createRepairs } from '../../ingest/repair/repairs.ts'
import { readRepairRules } from '../../ingest/repair/rule-set.ts'
import { CITY_NAMES } from '../../test/support/board-city.ts'
import { type TestHistory, withHistory } from '../../test/support/embedded.ts'
import { readTopic } from '../../test/support/ingest-fixture.ts'
import { day, observation } from '../../test/support/observations.ts'
import { testOperators } from '../../test/support/operators.ts'
import { createMemoryEventLog } from '../memory/event-log.ts'
import { createMemoryPresent } from '../memory/present.ts'
import { type BoardServer, createBoardServer } from './board-server.ts'

const KEY = 'operators-key'
const PENALTY = observation({ record: 'p1', decided: day(1), known: day(1) })
const NOW = day(20)
const policy = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../policies/${name}.json`, import.meta.url), 'utf8'))

let store: TestHistory
let log: EventLog
let server: BoardServer
let url: string

beforeAll(async () => {
  store = await withHistory()
  await store.history.insert('observations', Buffer.from(`${JSON.stringify(PENALTY)}\n`), 'p1')
  log = createMemoryEventLog({ wait: async () => undefined })
  const common = {
    realm: 'test',
    log,
    history: store.history,
    addWorkingDays: (from: number, days: number) => ({ at: from + days * 86_400_000, provisional: false }),
    now: () => NOW,
    hide: (text: string) => text,
    wall: { now: () => NOW },
  }
  const objections = createObjections({ ...common, policy: readObjectionPolicy(policy('objections/default')) })
  const rules = readRepairRules([policy('repair/ndrc-36-2026')], policy('repair/choice'))
  const repairs = createRepairs({ superiorOf: () => 'duty-desk', ...common, rules, zoneOffsetMinutes: 480 })
  const present = createMemoryPresent()
  server = createBoardServer(
    {
      boards: createBoards(present, () => CITY_NAMES),
      present,
      enterprisePage: async () => undefined,
      warningPage: async () => undefined,
      search: async () => [],
      decide: async () => undefined,
      audit: async () => undefined,
      identify: () => 'operator',
      clock: { now: () => NOW },
      onFault: (error) => {
        throw error
      },
      cases: {
        operators: testOperators({
          [KEY]: { name: 'li', rights: ['objections'] },
          steward: { name: 'wang', rights: ['steward'] },
        }),
        open: async () => ({ objections, repairs }),
        pseudonym: (text) => (text.includes(':') ? text : 'tk:hidden'),
      },
    },
    { port: 0 },
  )
  url = await server.start()
})
afterAll(async () => {
  await server.stop()
  await store.stop()
})

async function call(
  path: string,
  body?: object,
  key = KEY,
): Promise<{ status: number; said: Record<string, unknown> }> {
  const response = await fetch(`${url}/api/realms/test/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, said: (await response.json()) as Record<string, unknown> }
}

describe('objections over HTTP', () => {
  const filing = { target: PENALTY.id, objector: '140105199001011234', ground: '金额有误' }

  it('are for whoever holds the key, to read as to enter', async () => {
    expect((await call('objections', undefined, 'wrong')).status).toBe(401)
    expect((await call('objections', filing, '')).status).toBe(401)
    expect((await call('objections')).said).toEqual([])
    const steward = await call('objections', filing, 'steward')
    expect(steward).toMatchObject({ status: 403, said: { error: { zh: expect.stringContaining('异议与修复专员') } } })
  })

  it('are filed without a person’s number, decided once, and shown', async () => {
    const filed = await call('objections', filing)
    expect(filed).toMatchObject({ status: 201, said: { state: 'filed', objector: 'tk:hidden', authority: 'market' } })
    const path = `objections/${String(filed.said.id)}`
    expect((await call(`${path}/decision`, { outcome: 'corrected', reason: 'x' })).status).toBe(409)
    const ruling = { outcome: 'rejected', reason: '证据充分' }
    expect((await call(`${path}/decision`, ruling)).said).toMatchObject({ state: 'decided', outcome: 'rejected' })
    expect((await call(`${path}/decision`, ruling)).status).toBe(409)
    expect((await call(path)).said).toMatchObject({ state: 'decided', reason: '证据充分' })
    const lines = (await readTopic(log, 'decisions', 'test')).map(({ bytes }) => Buffer.from(bytes).toString())
    const acts = lines.flatMap((text) => text.trimEnd().split('\n')).map((line): { by?: string } => JSON.parse(line))
    expect(new Set(acts.map(({ by }) => by))).toEqual(new Set(['li']))
  })

  it('are refused with the reason where there is no such record, or the body is none', async () => {
    const unknown = await call('objections', { ...filing, target: 'penalties/none/fact' })
    expect(unknown).toMatchObject({ status: 409, said: { error: { zh: expect.stringContaining('没有记录') } } })
    expect((await call('objections', { target: 1 })).status).toBe(400)
  })
})

describe('repairs over HTTP', () => {
  it('are refused before the shortest period with the date, and are there to be seen', async () => {
    const opened = await call('repairs', { target: PENALTY.id })
    expect(opened).toMatchObject({ status: 201, said: { state: 'open', severity: 'general' } })
    const path = `repairs/${String(opened.said.id)}`
    expect((await call(`${path}/proofs`, { proof: 'promise', document: 'a' })).status).toBe(200)
    const early = await call(`${path}/request`, {})
    expect(early).toMatchObject({ status: 409, said: { error: { en: expect.stringContaining('2027-01-02') } } })
    expect((await call(path)).said).toMatchObject({ state: 'open', proofs: { promise: 'a' } })
  })
})
