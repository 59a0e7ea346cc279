import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../adapters/clickhouse/migrate.ts'
import { MIGRATIONS_FOLDER, type TestHistory, withHistory } from '../test/support/embedded.ts'
import { AS_KNOWN_NOW, riskOn, riskUntil } from './risk-history.ts'

const REALM = 'city'
const WHO = 'uscc:91140105MA0T100092'
const [MARCH, APRIL, MAY, JUNE] = [2, 3, 4, 5].map((month) => Date.UTC(2026, month, 1)) as [
  number,
  number,
  number,
  number,
]

function row(effective: number, risk: number, more: object = {}): object {
  const said = { realm: REALM, enterprise: WHO, name: '', effective, risk, own: risk, basis: risk, class: 'A' }
  const rest = {
    district: '',
    industry: '',
    signals: [],
    revision: 0,
    recorded: effective,
    removed: 0,
    policy: '',
    receipt: '',
  }
  return { ...said, ...rest, ...more }
}

let store: TestHistory
const insert = (rows: readonly object[], token: string) =>
  store.history.insert('risk', Buffer.from(rows.map((one) => `${JSON.stringify(one)}\n`).join('')), token)

beforeAll(async () => {
  store = await withHistory()
  // A penalty of March is taken back in May: what was said of March and April is void, and only from May on known to be.
  await insert([row(MARCH, 300), row(APRIL, 200), row(MAY, 0, { revision: 1 })], 'first')
  const void_ = { revision: 1, recorded: MAY, removed: 1 }
  await insert([row(MARCH, 300, void_), row(APRIL, 200, void_)], 'second')
  await store.history.command('OPTIMIZE TABLE risk FINAL')
})
afterAll(() => store.stop())

const on = async (instant: number, known: number) =>
  (await riskOn(store.history, { realm: REALM, enterprise: WHO, on: instant, known }))?.risk

describe('the risk on one date as known on another', () => {
  it('is what was said then, as long as nothing else was known', async () => {
    expect(await on(MARCH, MARCH)).toBe(300)
    expect(await on(APRIL, APRIL)).toBe(200)
    expect(await on(APRIL, MAY - 1)).toBe(200)
  })

  it('is what a correction made of it, once the correction is known', async () => {
    expect(await on(APRIL, MAY)).toBeUndefined()
    expect(await on(APRIL, AS_KNOWN_NOW)).toBeUndefined()
    expect(await on(JUNE, AS_KNOWN_NOW)).toBe(0)
  })

  it('has a line of its own for each state of knowledge', async () => {
    const line = async (known: number) => {
      const points = await riskUntil(store.history, { realm: REALM, enterprise: WHO, on: JUNE, known }, 10)
      return points.map(({ effective, risk }) => [effective, risk])
    }
    expect(await line(APRIL)).toEqual([
      [APRIL, 200],
      [MARCH, 300],
    ])
    expect(await line(JUNE)).toEqual([[MAY, 0]])
  })

  it('keeps the scores of a store that was made before', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fengsui-migrations-'))
    for (const name of ['0001_what_was_observed.sql', '0002_what_was_made_of_it.sql']) {
      copyFileSync(join(MIGRATIONS_FOLDER, name), join(folder, name))
    }
    const old = await withHistory(folder)
    try {
      const { recorded: _, ...before } = row(MARCH, 300) as { recorded: number }
      await old.history.insert('risk', Buffer.from(`${JSON.stringify(before)}\n`), 'before')
      await migrate(old.history, MIGRATIONS_FOLDER)
      const point = await riskOn(old.history, { realm: REALM, enterprise: WHO, on: MARCH, known: MARCH })
      expect(point).toMatchObject({ risk: 300, recorded: 0 })
    } finally {
      await old.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
