import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Refusal } from '../../core/errors.ts'
import { identityOf } from './process-identity.ts'
import { findRedis } from './redis-binary.ts'
import { type RedisOptions, type RunningRedis, startRedis } from './redis-server.ts'

const binary = () => findRedis({ searchPath: process.env.PATH ?? '', install: false, announce: () => undefined })

describe('a private Redis', () => {
  let folder: string
  let options: RedisOptions
  const started: RunningRedis[] = []
  const announced: string[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fengsui-redis-'))
    options = {
      name: 'log',
      folder: join(folder, 'log'),
      runFolder: join(folder, 'run'),
      password: 'correct "horse"\\',
      appendfsync: 'always',
      maxMemoryBytes: 64 * 1024 * 1024,
      binary,
      announce: (text) => announced.push(text),
    }
  })
  afterEach(async () => {
    for (const redis of started.splice(0)) await redis.stop()
    rmSync(folder, { recursive: true, force: true })
  }, 30_000)

  async function start(changed: Partial<RedisOptions> = {}): Promise<RunningRedis> {
    const redis = await startRedis({ ...options, ...changed })
    if (!redis.adopted) started.push(redis)
    return redis
  }

  it('runs with what durability asks for, on a socket alone, its password in no list of processes', async () => {
    const redis = await start()
    const client = new Redis({ path: redis.socket, password: redis.password })
    const settings = ['appendonly', 'appendfsync', 'save', 'port', 'maxmemory', 'maxmemory-policy']
    expect(await client.config('GET', ...settings)).toEqual(
      expect.arrayContaining(['yes', 'always', '', '0', String(64 * 1024 * 1024), 'noeviction']),
    )
    await client.quit()
    const commandLine = `/proc/${redis.pid}/cmdline`
    if (existsSync(commandLine)) expect(readFileSync(commandLine, 'utf8')).not.toContain('horse')
    expect(statSync(join(options.runFolder, 'log.conf')).mode & 0o777).toBe(0o600)
  })

  it('is adopted where it already runs', async () => {
    const first = await start()
    const second = await start({ binary: () => Promise.reject(new Error('must not look for a program')) })
    expect(second).toMatchObject({ pid: first.pid, socket: first.socket, adopted: true })
  })

  it('keeps what was written through a stop and through kill -9', async () => {
    const first = await start()
    await write(first, 'a')
    await first.stop()
    expect(identityOf(first.pid)).toBeUndefined()
    const second = await start()
    await write(second, 'b')
    process.kill(second.pid, 'SIGKILL')
    const third = await start()
    const client = new Redis({ path: third.socket, password: third.password })
    expect(await client.mget('a', 'b')).toEqual(['a', 'b'])
    await client.quit()
  }, 30_000)

  it('starts after a power cut with what was synced, and keeps what was not beside it', async () => {
    const first = await start()
    await write(first, 'a')
    await first.stop()
    const file = join(folder, 'log', 'appendonlydir', 'appendonly.aof.1.incr.aof')
    const synced = readFileSync(file)
    // A command whose pages never got to the disk, before one whose pages did.
    const hole = Buffer.concat([Buffer.from('*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$9000\r\n'), Buffer.alloc(9_000)])
    const unsynced = Buffer.concat([hole, Buffer.from('*3\r\n$3\r\nSET\r\n$1\r\nc\r\n$1\r\nc\r\n')])
    writeFileSync(file, Buffer.concat([synced, unsynced]))
    const second = await start()
    const client = new Redis({ path: second.socket, password: second.password })
    expect(await client.mget('a', 'b', 'c')).toEqual(['a', null, null])
    await client.quit()
    expect(announced.join()).toContain(String(unsynced.length))
    const [kept] = readdirSync(join(folder, 'log')).filter((name) => name.startsWith('unsynced-'))
    expect(readFileSync(join(folder, 'log', kept ?? ''))).toEqual(unsynced)
  }, 30_000)

  it('does not start on a file that something else has damaged, and leaves it as it is', async () => {
    const first = await start()
    await write(first, 'a')
    await first.stop()
    const file = join(folder, 'log', 'appendonlydir', 'appendonly.aof.1.incr.aof')
    const damaged = Buffer.concat([readFileSync(file), Buffer.from('what no Redis has written\r\n')])
    writeFileSync(file, damaged)
    await expect(start()).rejects.toBeInstanceOf(Refusal)
    expect(readFileSync(file)).toEqual(damaged)
  }, 30_000)

  it('is not taken for ours where the password is another', async () => {
    await start()
    await expect(start({ password: 'other' })).rejects.toBeInstanceOf(Refusal)
  })

  it('finds a socket that the system allows where the folder has a long path, and finds it again', async () => {
    const runFolder = join(folder, 'r'.repeat(90))
    const first = await start({ runFolder })
    expect(Buffer.byteLength(first.socket)).toBeLessThan(100)
    expect((await start({ runFolder })).pid).toBe(first.pid)
    await first.stop()
    rmdirSync(dirname(first.socket))
  })

  it('says where to read why it did not start', async () => {
    mkdirSync(join(folder, 'log', 'appendonlydir'), { recursive: true })
    writeFileSync(join(folder, 'log', 'appendonlydir', 'appendonly.aof.manifest'), 'not a manifest\n')
    await expect(start()).rejects.toThrow(/log\.log/)
    await expect(start()).rejects.toBeInstanceOf(Refusal)
  })
})

describe('the search for a Redis server', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fengsui-path-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('takes the checker that becomes a server under another name', async () => {
    const { file } = await binary()
    symlinkSync(file, join(folder, 'redis-check-rdb'))
    expect(await findRedis({ searchPath: folder, install: false, announce: () => undefined })).toEqual({
      file: join(folder, 'redis-check-rdb'),
      argv0: 'redis-server',
    })
  })

  it('does not take a program that only has the name', async () => {
    program('redis-server', 'echo something else')
    await expect(findRedis({ searchPath: folder, install: true, announce: () => undefined })).rejects.toThrow(
      /redis-tools/,
    )
  })

  it('announces what it installs, and refuses where that does not help', async () => {
    program('apt-get', 'exit 100')
    const announced: string[] = []
    const search = findRedis({ searchPath: folder, install: true, announce: (what) => announced.push(what) })
    await expect(search).rejects.toBeInstanceOf(Refusal)
    expect(announced).toHaveLength(process.getuid?.() === 0 ? 1 : 0)
  })

  function program(name: string, body: string): void {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`)
    chmodSync(join(folder, name), 0o755)
  }
})

async function write(redis: RunningRedis, key: string): Promise<void> {
  const client = new Redis({ path: redis.socket, password: redis.password })
  await client.set(key, key)
  await client.quit()
}
