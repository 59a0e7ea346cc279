import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createReplayFiles } from '../../adapters/files/replay-files.ts'
import { createRedisEventLog } from '../../adapters/redis-streams/event-log.ts'
import { createRedisRecordIndex } from '../../adapters/redis-streams/record-index.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { createOccurrences } from '../../ingest/ingest-batch.ts'
import { openRealmIntake } from '../../ingest/realm-intake.ts'
import type { Commit, RecordIndex } from '../../ingest/record-index.ts'
import { replay } from '../../ingest/replay/replay.ts'
import { type TestRedis, withRedis } from '../support/embedded.ts'
import { COMPLAINTS, compiled, fixedClock, readLog, testSealer } from '../support/ingest-fixture.ts'

const LINES = 4_500
const HEADER = 'number,licence,opened,closed,text'
const DAY = 86_400_000
const day = (i: number) => new Date(Date.UTC(2024, 0, 1) + i * DAY).toISOString().slice(0, 10)

let redis: TestRedis
let folder: string
let path: string

beforeAll(async () => {
  redis = await withRedis({ appendfsync: 'always' })
  folder = await mkdtemp(join(tmpdir(), 'fengsui-crash-'))
  path = join(folder, 'complaints.csv')
  const lines = Array.from({ length: LINES }, (_, i) => {
    const opened = (i * 7919) % 300
    return i % 31 === 7
      ? `n${i - 5},${i % 60},${day(opened)},,changed`
      : `n${i},${i % 60},${day(opened)},${i % 2 ? '' : day(opened + 9)},x`
  })
  await writeFile(path, [HEADER, ...lines].join('\n'))
})

afterAll(async () => {
  await redis.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Log and index over the same Redis, as one process holds them. */
async function inProcess<Result>(
  use: (parts: { index: RecordIndex; log: ReturnType<typeof createRedisEventLog> }) => Promise<Result>,
): Promise<Result> {
  const log = createRedisEventLog({ redis: redis.options, maxBytesHeld: 1e9 })
  const index = createRedisRecordIndex({ redis: redis.options, log })
  try {
    return await use({ index, log })
  } finally {
    await index.close()
    await log.close()
  }
}

/** One run of the replay in a process that may die: `around` decides what becomes of a commit. */
function run(realm: string, around: (commit: Commit, number: number, go: () => Promise<void>) => Promise<void>) {
  return inProcess(async ({ index, log }) => {
    let commits = 0
    const mortal = { ...index, commit: (commit: Commit) => around(commit, ++commits, () => index.commit(commit)) }
    const files = createReplayFiles(join(folder, `plans-${realm}`))
    const wait = () => Promise.resolve()
    return replay(
      { index: mortal, log, heldBound: 1e9, files, clock: fixedClock, sealer: testSealer(), wait },
      {
        realm,
        zoneOffsetMinutes: 480,
        feeds: [{ feed: compiled(COMPLAINTS), files: [path] }],
        speed: 'full',
        signal: new AbortController().signal,
      },
    )
  })
}

const unharmed = (_: Commit, __: number, go: () => Promise<void>) => go()

/** Everything that the log holds of a realm, entry by entry, with what was said of time. */
function contentOf(realm: string) {
  return inProcess(async ({ log }) => {
    const { observations, progress } = await readLog(log, realm)
    return { lines: observations.map((each) => JSON.stringify(each)).sort(), until: progress.get(0)?.at(-1) }
  })
}

describe('a replay that is killed', () => {
  let unbroken: Awaited<ReturnType<typeof contentOf>>
  let summary: Awaited<ReturnType<typeof run>>

  beforeAll(async () => {
    summary = await run('unbroken', unharmed)
    unbroken = await contentOf('unbroken')
    expect(unbroken.lines.length).toBeGreaterThan(LINES)
  })

  it.each([1, 2, 3, 4])(
    'just before or just after its commit %i leaves exactly the log of an unbroken run',
    async (at) => {
      for (const committed of [false, true]) {
        const realm = `kill-${at}-${committed}`
        const dying = run(realm, async (_, number, go) => {
          if (number < at || committed) await go()
          if (number >= at) throw new Error('killed')
        })
        await expect(dying).rejects.toThrow('killed')
        expect(await run(realm, unharmed)).toMatchObject([{ ...summary[0], seconds: 0 }])
        expect(await contentOf(realm)).toEqual(unbroken)
        expect(await run(realm, unharmed)).toMatchObject([{ observations: 0, versions: 0, lines: LINES }])
        expect((await contentOf(realm)).lines).toEqual(unbroken.lines)
      }
    },
  )

  it('together with its Redis, in the middle of a commit, leaves exactly that log too', async () => {
    const dying = run('kill-redis', async (_, number, go) => {
      if (number !== 2) return go()
      // Settled together: the commit may fail before the kill has been seen to the end.
      const [committed] = await Promise.allSettled([go(), redis.kill()])
      if (committed.status === 'rejected') throw committed.reason
      throw new Error('killed')
    })
    await expect(dying).rejects.toThrow()
    await redis.restart()
    await run('kill-redis', unharmed)
    expect(await contentOf('kill-redis')).toEqual(unbroken)
  })
})

describe('a sender that got no answer', () => {
  it('sends again: what was durable is a duplicate, what was not is taken', async () => {
    const rows = (from: number, to: number) => {
      const lines = Array.from({ length: to - from }, (_, i) => `s${from + i},${i},2024-01-01,,x`)
      return readRows(COMPLAINTS, Buffer.from([HEADER, ...lines].join('\n')))
    }
    const submit = (from: number, to: number, around: (go: () => Promise<void>) => Promise<void>) =>
      inProcess(async ({ index, log }) => {
        const mortal = { ...index, commit: (commit: Commit) => around(() => index.commit(commit)) }
        const shared = { realm: 'sender', feeds: ['complaints'], live: undefined, heldBound: 1e9, clock: fixedClock }
        const intake = await openRealmIntake({ ...shared, index: mortal, log, sealer: testSealer() })
        const arrival = { feed: compiled(COMPLAINTS), source: 'test', bulk: false, occurrence: createOccurrences() }
        return (await intake.submit({ ...arrival, rows: rows(from, to) })).counts
      })
    const afterwards = async (go: () => Promise<void>) => {
      await go()
      throw new Error('killed')
    }
    await expect(submit(0, 100, afterwards)).rejects.toThrow('killed')
    await expect(submit(100, 200, () => Promise.reject(new Error('killed')))).rejects.toThrow('killed')
    expect(await submit(0, 200, (go) => go())).toMatchObject({ lines: 200, observations: 100, duplicates: 100 })
    expect((await contentOf('sender')).lines).toHaveLength(200)
  })
})
