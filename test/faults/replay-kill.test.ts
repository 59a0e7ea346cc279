import { statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHistory } from '../../adapters/clickhouse/history.ts'
import { createRedisEventLog } from '../../adapters/redis-streams/event-log.ts'
import { type Addresses, readAddresses } from '../../app/addresses.ts'
import { dataFolderAt } from '../../app/embedded/data-folder.ts'
import type { History, HistoryTable } from '../../core/history.ts'
import { CHICAGO_MISSING, cutChicago } from '../support/chicago.ts'
import { fengsui, fengsuiToEnd, killAll, processesOf } from '../support/command.ts'
import { differences, rowsOf, withHistoryOf } from '../support/system.ts'
import { until } from '../support/until.ts'

const SEED = 20_261_122
const TABLES = ['observations', 'rejects', 'risk', 'enterprises', 'warnings'] as const satisfies HistoryTable[]

let folder: string
let words: (data: string) => string[]

/** Numbers from 0 to 1, the same in each run of the test. */
function* seeded(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state / 2 ** 32
  }
}

const rowsOfAll = (data: string) =>
  withHistoryOf(data, async (history) => {
    const rows: Record<string, string[]> = {}
    for (const table of TABLES) rows[table] = await rowsOf(history, table, 'chicago')
    return rows
  })

/** What a run says of each feed, without how long it took. */
function summaryOf(said: string): object[] {
  return said
    .trimEnd()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), seconds: 0 }))
}

/** Comes when the run that began at `since` has done `share` of this part of the work. */
type Moment = (data: string, share: number, since: number) => Promise<void>

/** Says whether a run has come as far as to its roles, and has not ended them. */
const atWork = (data: string) => processesOf(data).some(({ kind }) => kind === 'role')

/** The addresses of the run that began at `since`: those of the run before are still there. */
function addressesOf(data: string, since: number): Promise<Addresses> {
  const { run } = dataFolderAt(data)
  return until('the addresses', () => {
    const written = statSync(join(run, 'addresses.json'), { throwIfNoEntry: false })
    return written !== undefined && written.mtimeMs >= since ? readAddresses(run) : undefined
  })
}

/** Anything in the log, of which the first run writes nearly all at once, and a role at work on it. */
const whenLogged: Moment = async (data, _share, since) => {
  const { logRedis } = await addressesOf(data, since)
  const log = createRedisEventLog({ redis: logRedis, maxBytesHeld: 1e9 })
  try {
    await until('entries in the log', async () =>
      (await log.heldBytes('observations', 'chicago')) > 0 && atWork(data) ? true : undefined,
    )
  } finally {
    await log.close()
  }
}

function whenWritten(table: HistoryTable, from: number, to: number): Moment {
  return async (data, share, since) => {
    const { history: connection } = await addressesOf(data, since)
    const history: History = createHistory(connection)
    try {
      await until(`rows of ${table}`, async () => {
        const [row] = await history.query<{ rows: number }>(`SELECT count() AS rows FROM ${table}`, {})
        return Number(row?.rows ?? 0) > from + share * (to - from) ? true : undefined
      })
    } finally {
      await history.close()
    }
  }
}

describe.skipIf(CHICAGO_MISSING)('a replay that is killed with -9 (needs ../shared/data/chicago)', () => {
  let unbroken: Awaited<ReturnType<typeof rowsOfAll>>
  let summary: object[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fengsui-kill-'))
    const feeds = cutChicago(join(folder, 'files'))
    words = (data) => ['--data', data, 'replay', '--realm', 'chicago', ...feeds, '--json']
    const whole = await fengsuiToEnd(words(join(folder, 'unbroken')))
    expect(whole, whole.complained).toMatchObject({ code: 0 })
    summary = summaryOf(whole.said)
    unbroken = await rowsOfAll(join(folder, 'unbroken'))
    for (const table of ['observations', 'risk', 'enterprises'] as const) {
      expect(unbroken[table]?.length, table).toBeGreaterThan(1_000)
    }
    expect(unbroken.warnings?.length).toBeGreaterThan(10)
    expect(unbroken.rejects?.length).toBe(4)
  })

  afterAll(async () => {
    for (const data of ['unbroken', 'broken']) await killAll(join(folder, data))
    await rm(folder, { recursive: true, force: true })
  })

  it('five times, and run again each time, leaves every row of an unbroken run and no other', async () => {
    const data = join(folder, 'broken')
    const random = seeded(SEED)
    const risk = unbroken.risk?.length ?? 0
    const told: string[] = []
    const midway: Moment[] = [
      whenLogged,
      whenWritten('observations', 0, unbroken.observations?.length ?? 0),
      whenWritten('risk', 0, risk / 2),
      whenWritten('risk', risk / 2, risk),
    ]
    // Its snapshots are the last that a run writes: its roles, or all of it, may have ended before the kill comes.
    const atItsEnd = whenWritten('snapshots', 0, 64)
    for (const moment of [...midway, atItsEnd]) {
      const since = Date.now()
      const running = fengsui(words(data))
      const reached = moment(data, random.next().value, since)
      // At its end it may be over before anybody has looked.
      reached.catch(() => undefined)
      await (moment === atItsEnd ? Promise.race([reached, running.ended]) : reached)
      if (moment !== atItsEnd) await until('a role at work', () => (atWork(data) ? true : undefined))
      const killed = await killAll(data, ['redis'])
      const { signal } = await running.ended
      if (moment !== atItsEnd) {
        expect(killed.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['command', 'role', 'history']))
        expect(signal).toBe('SIGKILL')
      }
      told.push(running.said())
    }
    const last = await fengsuiToEnd(words(data))
    expect(last, last.complained).toMatchObject({ code: 0 })
    // A run that is killed while it stops has told its summary; the next one finds everything there.
    expect(summaryOf([...told, last.said].find((said) => said !== '') ?? '')).toEqual(summary)
    expect(differences(await rowsOfAll(data), unbroken)).toEqual({})
  }, 240_000)

  it('adds nothing when it is run once more', async () => {
    const data = join(folder, 'broken')
    const again = await fengsuiToEnd(words(data))
    expect(again, again.complained).toMatchObject({ code: 0 })
    for (const feed of summaryOf(again.said)) expect(feed).toMatchObject({ observations: 0, versions: 0 })
    expect(differences(await rowsOfAll(data), unbroken)).toEqual({})
  })
})
