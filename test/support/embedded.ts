import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HistoryConnection } from '../../adapters/clickhouse/history.ts'
import { openHistory } from '../../adapters/clickhouse/migrate.ts'
import { type OwnedHistory, startHistoryProcess } from '../../app/embedded/history-owner.ts'
import { ended } from '../../app/embedded/process-identity.ts'
import { findRedis } from '../../app/embedded/redis-binary.ts'
import { type RunningRedis, startRedis } from '../../app/embedded/redis-server.ts'
import type { History } from '../../core/history.ts'

export interface TestRedis {
  /** For `new Redis({ ...options })`. */
  readonly options: { readonly path: string; readonly password: string }
  readonly pid: number
  /** As a power-less crash would: the data stays, the process is gone. */
  kill(): Promise<void>
  /** Starts it again on the same data and the same socket. */
  restart(): Promise<void>
  /** Stops it and removes its folder. */
  stop(): Promise<void>
}

export interface RedisSettings {
  readonly appendfsync?: 'always' | 'everysec'
  readonly maxMemoryBytes?: number
}

/** A private Redis in a folder of its own. Stop it in `afterAll`. */
export async function withRedis(settings: RedisSettings = {}): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'fengsui-redis-'))
  const password = randomBytes(16).toString('hex')
  const start = (): Promise<RunningRedis> =>
    startRedis({
      name: 'test',
      folder: join(folder, 'data'),
      runFolder: join(folder, 'run'),
      password,
      appendfsync: settings.appendfsync ?? 'everysec',
      maxMemoryBytes: settings.maxMemoryBytes ?? 256 * 1024 * 1024,
      binary: () => findRedis({ searchPath: process.env.PATH ?? '', install: false, announce: () => undefined }),
      announce: () => undefined,
    })
  let redis = await start()
  return {
    options: { path: redis.socket, password },
    get pid() {
      return redis.pid
    },
    kill: () => killed(redis.pid),
    async restart() {
      redis = await start()
    },
    async stop() {
      await redis.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export interface TestHistory {
  readonly history: History
  readonly connection: HistoryConnection
  readonly pid: number
  /** `kill -9` of the owner. */
  kill(): Promise<void>
  /** Starts an owner again on the same data, at the same address: `history` goes on working. */
  restart(): Promise<void>
  /** Stops it and removes its folder. */
  stop(): Promise<void>
}

export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../adapters/clickhouse/migrations', import.meta.url))

/** A chDB owner in a folder of its own, its tables made. Stop it in `afterAll`. `migrations`: as an older release had them. */
export async function withHistory(migrations = MIGRATIONS_FOLDER): Promise<TestHistory> {
  const folder = await mkdtemp(join(tmpdir(), 'fengsui-history-'))
  const start = (): Promise<OwnedHistory> => startHistoryProcess(join(folder, 'history'), join(folder, 'run'))
  let owner = await start()
  const connection = { url: owner.url, username: owner.username, password: owner.password, database: 'fengsui' }
  const history = await openHistory(connection, migrations)
  return {
    history,
    connection,
    get pid() {
      return owner.pid
    },
    kill: () => killed(owner.pid),
    async restart() {
      owner = await start()
    },
    async stop() {
      await history.close()
      await owner.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function killed(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL')
  await ended(pid, 10_000)
}
