import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Refusal } from '../../core/errors.ts'
import { type OwnedHistory, startHistoryProcess } from './history-owner.ts'
import { nodeEntry } from './node-entry.ts'
import { identityOf } from './process-identity.ts'
import { startRedis } from './redis-server.ts'

describe('the process that owns the history', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fengsui-owner-'))
  })
  afterEach(async () => {
    for (const owner of started.splice(0)) await owner.stop()
    rmSync(folder, { recursive: true, force: true })
  }, 60_000)

  const started: OwnedHistory[] = []
  async function start(): Promise<OwnedHistory> {
    const owner = await startHistoryProcess(join(folder, 'history'), join(folder, 'run'))
    started.push(owner)
    return owner
  }

  it('is adopted where it runs, and answers at the same place after a stop', async () => {
    const first = await start()
    const address = join(folder, 'run', 'history.json')
    expect(statSync(address).mode & 0o777).toBe(0o600)
    const second = await start()
    expect(second).toMatchObject({ pid: first.pid, url: first.url, adopted: true })
    await second.stop()
    expect(identityOf(first.pid)).toBeUndefined()
    await first.stop()
    const third = await start()
    expect(third).toMatchObject({ url: first.url, password: first.password, adopted: false })
  }, 60_000)

  it('refuses a folder that another process holds', async () => {
    await start()
    await expect(startHistoryProcess(join(folder, 'history'), join(folder, 'other'))).rejects.toBeInstanceOf(Refusal)
  }, 60_000)

  it('survives the kill -9 of its parent and of all its group, as Redis does, and both are adopted by the next', async () => {
    const parent = spawn(
      process.execPath,
      [...nodeEntry(import.meta.url, '../../test/support/embedded-parent'), folder],
      {
        detached: true,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const [line] = await once(parent.stdout.setEncoding('utf8'), 'data')
    const pids = JSON.parse(String(line)) as { redis: number; history: number }
    if (parent.pid !== undefined) process.kill(-parent.pid, 'SIGKILL')
    await once(parent, 'exit')

    const history = await start()
    const redis = await startRedis({
      name: 'log',
      folder: join(folder, 'log'),
      runFolder: join(folder, 'run'),
      password: 'test',
      appendfsync: 'always',
      maxMemoryBytes: 64 * 1024 * 1024,
      binary: () => Promise.reject(new Error('must not be started again')),
      announce: () => undefined,
    })
    expect({ redis: redis.pid, history: history.pid }).toEqual(pids)
    expect([redis.adopted, history.adopted]).toEqual([true, true])
    await redis.stop()
  }, 60_000)
})
