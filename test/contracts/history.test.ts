import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHistory } from '../../adapters/clickhouse/migrate.ts'
import { ended } from '../../app/embedded/process-identity.ts'
import { Retryable } from '../../core/errors.ts'
import { MIGRATIONS_FOLDER, type TestHistory, withHistory } from '../support/embedded.ts'
import { decision, type HistorySubject, historyContract, ndjson } from './history.contract.ts'

historyContract('history in the owner process', withHistory)

const server = process.env.CLICKHOUSE_URL
if (server === undefined) {
  it.skip('history on a ClickHouse server: set CLICKHOUSE_URL=http://user:password@host:8123 to run it', () =>
    undefined)
} else {
  historyContract('history on a ClickHouse server', () => onServer(new URL(server)))
}

describe('history in the owner process, killed', () => {
  let subject: TestHistory
  beforeAll(async () => {
    subject = await withHistory()
  }, 60_000)
  afterAll(() => subject.stop(), 60_000)

  it('loses nothing that it acknowledged, and takes what it had not under the same tokens', async () => {
    const { history } = subject
    const batches = Array.from({ length: 40 }, (_, batch) => ({
      token: `killed-${batch}`,
      rows: ndjson(Array.from({ length: 50 }, (_, row) => decision('killed', batch * 50 + row))),
    }))
    const acknowledged: string[] = []
    const writing = Promise.allSettled(
      batches.map(async ({ rows, token }) => {
        await history.insert('decisions', rows, token)
        acknowledged.push(token)
        if (acknowledged.length === 10) await subject.kill()
      }),
    )
    for (const outcome of await writing) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(Retryable)
    }
    await subject.restart()

    const rowsOf = `SELECT intDiv(toUInt32(id), 50) AS batch, count() AS rows FROM decisions WHERE realm = 'killed' GROUP BY batch`
    const stored = await history.query<{ batch: number; rows: number }>(rowsOf, {})
    expect(stored.every(({ rows }) => rows === 50)).toBe(true)
    expect(stored.map(({ batch }) => `killed-${batch}`)).toEqual(expect.arrayContaining(acknowledged))

    for (const { rows, token } of batches) await history.insert('decisions', rows, token)
    expect(
      await history.query(`SELECT count() AS rows, uniq(id) AS ids FROM decisions WHERE realm = 'killed'`, {}),
    ).toEqual([{ rows: 2000, ids: 2000 }])
  }, 60_000)
})

describe('history in the owner process, told to stop', () => {
  let subject: TestHistory
  beforeAll(async () => {
    subject = await withHistory()
  }, 60_000)
  afterAll(() => subject.stop(), 60_000)

  it('finishes what it accepted, and whoever was turned away may try again', async () => {
    const { history, pid } = subject
    const batches = Array.from({ length: 40 }, (_, batch) => batch)
    let acknowledged = 0
    const outcomes = await Promise.allSettled(
      batches.map(async (batch) => {
        await history.insert('decisions', ndjson([decision('stopped', batch)]), `stopped-${batch}`)
        acknowledged += 1
        if (acknowledged === 5) process.kill(pid, 'SIGTERM')
      }),
    )
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(Retryable)
    }
    expect(await ended(pid, 30_000)).toBe(true)
    await subject.restart()
    const [stored] = await history.query<{ rows: number }>(
      `SELECT count() AS rows FROM decisions WHERE realm = 'stopped'`,
      {},
    )
    expect(stored?.rows).toBeGreaterThanOrEqual(acknowledged)
  }, 60_000)
})

async function onServer(url: URL): Promise<HistorySubject> {
  const database = `fengsui_contract_${randomBytes(4).toString('hex')}`
  const connection = {
    url: url.origin,
    username: decodeURIComponent(url.username) || 'default',
    password: decodeURIComponent(url.password),
    database,
  }
  const history = await openHistory(connection, MIGRATIONS_FOLDER)
  return {
    history,
    async stop() {
      await history.command(`DROP DATABASE ${database}`)
      await history.close()
    },
  }
}
