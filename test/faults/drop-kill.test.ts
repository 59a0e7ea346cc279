import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRedisEventLog, type RedisEventLog } from '../../adapters/redis-streams/event-log.ts'
import { nodeEntry } from '../../app/embedded/node-entry.ts'
import { type TestRedis, withRedis } from '../support/embedded.ts'
import { readLog } from '../support/ingest-fixture.ts'
import { until } from '../support/until.ts'

const LINES = 12_000
const day = (i: number) => new Date(Date.UTC(2024, 0, 1 + (i % 300))).toISOString().slice(0, 10)
const FILE = [
  'number,licence,opened,closed,text',
  ...Array.from({ length: LINES }, (_, i) => `n${i},${i % 60},${day(i)},${i % 2 ? '' : day(i)},${'x'.repeat(200)}`),
].join('\n')

let redis: TestRedis
let log: RedisEventLog
let root: string

beforeAll(async () => {
  redis = await withRedis({ appendfsync: 'always' })
  log = createRedisEventLog({ redis: redis.options, maxBytesHeld: 1e9 })
  root = await mkdtemp(join(tmpdir(), 'fengsui-drop-'))
})
afterAll(async () => {
  await log.close()
  await redis.stop()
  await rm(root, { recursive: true, force: true })
})

function start(realm: string, folder: string): ChildProcess {
  const task = JSON.stringify({ realm, folder, redis: redis.options })
  const entry = nodeEntry(import.meta.url, '../support/drop-process')
  return spawn(process.execPath, [...entry, task], { stdio: ['ignore', 'ignore', 'inherit'] })
}

async function toEnd(process: ChildProcess): Promise<void> {
  const [code] = await once(process, 'exit')
  expect(code).toBe(0)
}

async function linesOf(realm: string): Promise<string[]> {
  return (await readLog(log, realm)).observations.map((each) => JSON.stringify(each)).sort()
}

describe('a process that is killed with -9 over a dropped file', () => {
  it('three times leaves, when it is started again, every observation of an unbroken run and no other', async () => {
    const whole = await mkdtemp(join(root, 'whole-'))
    const broken = await mkdtemp(join(root, 'broken-'))
    for (const folder of [whole, broken]) await writeFile(join(folder, 'complaints.csv'), FILE)
    await toEnd(start('whole', whole))
    const unbroken = await linesOf('whole')
    expect(unbroken.length).toBeGreaterThan(LINES)
    const bytes = await log.heldBytes('observations', 'whole')
    for (const share of [0, 0.1, 0.3]) {
      const dying = start('broken', broken)
      const ended = once(dying, 'exit')
      await until('observations in the log', async () =>
        (await log.heldBytes('observations', 'broken')) > share * bytes ? true : undefined,
      )
      dying.kill('SIGKILL')
      expect(await ended).toEqual([null, 'SIGKILL'])
    }
    expect(await readdir(broken)).toEqual(['complaints.csv'])
    await toEnd(start('broken', broken))
    expect(await readdir(join(broken, 'done'))).toEqual(['complaints.csv'])
    expect(await linesOf('broken')).toEqual(unbroken)
  })
})
