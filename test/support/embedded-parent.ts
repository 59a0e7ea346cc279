import { join } from 'node:path'
import { startHistoryProcess } from '../../app/embedded/history-owner.ts'
import { findRedis } from '../../app/embedded/redis-binary.ts'
import { startRedis } from '../../app/embedded/redis-server.ts'

/** A parent to be killed in tests: starts the stores in the folder it is given, says their processes, and waits. */
const folder = process.argv[2] ?? ''
const runFolder = join(folder, 'run')
const [redis, history] = await Promise.all([
  startRedis({
    name: 'log',
    folder: join(folder, 'log'),
    runFolder,
    password: 'test',
    appendfsync: 'always',
    maxMemoryBytes: 64 * 1024 * 1024,
    binary: () => findRedis({ searchPath: process.env.PATH ?? '', install: false, announce: () => undefined }),
    announce: () => undefined,
  }),
  startHistoryProcess(join(folder, 'history'), runFolder),
])
process.stdout.write(`${JSON.stringify({ redis: redis.pid, history: history.pid })}\n`)
setInterval(() => undefined, 60_000)
