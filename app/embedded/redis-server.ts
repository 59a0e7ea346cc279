import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, lstatSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { inBoth } from '../../core/bilingual.ts'
import { Refusal } from '../../core/errors.ts'
import { shortHash } from '../../core/hash.ts'
import { ended } from './process-identity.ts'
import type { RedisBinary } from './redis-binary.ts'
import { cutUnsyncedTail } from './unsynced-tail.ts'

export interface RedisOptions {
  /** Names the instance's files in the run folder: `log`, `present`. */
  readonly name: string
  /** Where it keeps its data. */
  readonly folder: string
  readonly runFolder: string
  readonly password: string
  /** `always`: synced before an append is answered; `everysec`: a power cut may lose the last second. */
  readonly appendfsync: 'always' | 'everysec'
  /** At this many bytes it refuses writes rather than forget. */
  readonly maxMemoryBytes: number
  /** Called only where no instance answers yet. */
  readonly binary: () => Promise<RedisBinary>
  /** Told of what a power cut left behind. */
  readonly announce: (text: string) => void
}

export interface RunningRedis {
  readonly socket: string
  readonly password: string
  readonly pid: number
  /** It was found running, left by a parent that died. */
  readonly adopted: boolean
  /** Lets it write everything down and waits until it has ended. */
  stop(): Promise<void>
}

/** Paths of unix sockets end at 104 or 108 bytes, by system. */
const LONGEST_SOCKET_PATH = 100
/** Reading a large log back takes this long at most. */
const LOADING_MS = 300_000
const STOP_MS = 60_000
/** Replies that say that the other side is Redis, but not ours. */
const NOT_OURS = /^(?:WRONGPASS|NOAUTH|ERR AUTH)\b/
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'])

/**
 * A private Redis on a unix socket, adopted where it already runs, else started detached in a process group of its own,
 * so that neither a crash of the parent nor Ctrl-C reaches it.
 * Errors: `Refusal` when it cannot start, or when a stranger answers on its socket.
 */
export async function startRedis(options: RedisOptions): Promise<RunningRedis> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 })
  mkdirSync(options.runFolder, { recursive: true, mode: 0o700 })
  const socket = socketPath(options)
  const found = await pidBehind(socket, options.password)
  if (found !== undefined) return running(options, socket, found, true)

  const binary = await options.binary()
  writeFileSync(configOf(options), configuration(options, socket), { mode: 0o600 })
  const started = (await launch(binary, options, socket)) ?? (await launchMended(binary, options, socket))
  if (started === undefined) {
    throw new Refusal({
      zh: `内置 Redis“${options.name}”未能启动,请查看 ${logOf(options)}`,
      en: `The private Redis "${options.name}" did not start: read ${logOf(options)}.`,
    })
  }
  return running(options, socket, started, false)
}

/** Its process number once it answers; `undefined` where it ended instead. */
async function launch(
  { file, argv0 }: RedisBinary,
  options: RedisOptions,
  socket: string,
): Promise<number | undefined> {
  const log = openSync(logOf(options), 'a', 0o600)
  const child = spawn(file, [configOf(options)], { argv0, detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  child.unref()
  return whenReady(child, socket, options.password)
}

async function launchMended(binary: RedisBinary, options: RedisOptions, socket: string): Promise<number | undefined> {
  const cut = cutUnsyncedTail(binary, options.folder)
  if (cut === undefined) return undefined
  options.announce(
    inBoth({
      zh: `断电后“${options.name}”中有 ${cut.bytes} 字节未落盘,已截去并另存于 ${cut.keptIn}`,
      en: `After a power cut ${cut.bytes} bytes of "${options.name}" had never been synced: they were cut off and are kept in ${cut.keptIn}`,
    }),
  )
  return launch(binary, options, socket)
}

const configOf = ({ runFolder, name }: RedisOptions): string => join(runFolder, `${name}.conf`)
const logOf = ({ runFolder, name }: RedisOptions): string => join(runFolder, `${name}.log`)

function running(options: RedisOptions, socket: string, pid: number, adopted: boolean): RunningRedis {
  return {
    socket,
    password: options.password,
    pid,
    adopted,
    async stop() {
      await shutDown(socket, options.password)
      if (!(await ended(pid, STOP_MS))) {
        throw new Refusal({
          zh: `内置 Redis“${options.name}”(进程 ${pid})在 ${STOP_MS / 1000} 秒内没有结束`,
          en: `The private Redis "${options.name}" (process ${pid}) did not end within ${STOP_MS / 1000} s.`,
        })
      }
    },
  }
}

/** Says nothing of the outcome: the line breaks as the server goes down, or it was down before. Its end is what counts. */
async function shutDown(socket: string, password: string): Promise<void> {
  const client = connection(socket, password)
  client.on('error', () => undefined)
  try {
    await client.connect()
    // Without a snapshot: the append-only file is written to its end either way.
    await client.shutdown('NOSAVE')
  } catch {
    // See above.
  } finally {
    client.disconnect()
  }
}

async function whenReady(child: ChildProcess, socket: string, password: string): Promise<number | undefined> {
  let over = false
  child.once('exit', () => {
    over = true
  })
  child.once('error', () => {
    over = true
  })
  for (let waited = 0; waited < LOADING_MS && !over; waited += 10) {
    const pid = await pidBehind(socket, password)
    if (pid !== undefined) return pid
    await delay(10)
  }
  return undefined
}

/** The process that answers PING on the socket to our password; `undefined` where nobody listens. */
async function pidBehind(socket: string, password: string): Promise<number | undefined> {
  const client = connection(socket, password)
  let failure: unknown
  client.on('error', (error: unknown) => {
    failure = error
  })
  try {
    await client.connect()
    await client.ping()
    const info = await client.info('server')
    const pid = Number(/^process_id:(\d+)/m.exec(info)?.[1])
    return Number.isInteger(pid) ? pid : undefined
  } catch (error) {
    const cause = failure ?? error
    if (cause instanceof Error && NOT_OURS.test(cause.message)) {
      throw new Refusal(
        {
          zh: `${socket} 上已有另一个 Redis,请停掉它,或用 --data 另选目录`,
          en: `Another Redis answers on ${socket}: stop it, or name another folder with --data.`,
        },
        { cause },
      )
    }
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    // A line that closes before it was ready is a server on its way up or down.
    if (NOBODY.has(code) || client.status === 'end') return undefined
    throw cause
  } finally {
    client.disconnect()
  }
}

function connection(socket: string, password: string): Redis {
  return new Redis({
    path: socket,
    password,
    lazyConnect: true,
    retryStrategy: () => null,
    maxLoadingRetryTime: LOADING_MS,
    maxRetriesPerRequest: 0,
  })
}

export function socketPath(options: Pick<RedisOptions, 'name' | 'runFolder'>): string {
  const near = join(options.runFolder, `${options.name}.sock`)
  if (Buffer.byteLength(near) < LONGEST_SOCKET_PATH) return near
  // The same folder finds the same socket again; the directory must be ours, since anyone may write to its parent.
  const own = process.getuid?.() ?? 0
  const folder = join(tmpdir(), `fengsui-${own}-${shortHash(options.runFolder)}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stat = lstatSync(folder)
  if (!stat.isDirectory() || stat.uid !== own || (stat.mode & 0o077) !== 0) {
    throw new Refusal({
      zh: `${folder} 属于他人,请删除它,或改用路径较短的数据目录`,
      en: `${folder} belongs to someone else: remove it, or name a data folder with a shorter path.`,
    })
  }
  return join(folder, `${options.name}.sock`)
}

function configuration(options: RedisOptions, socket: string): string {
  return `${[
    'port 0',
    `unixsocket ${quoted(socket)}`,
    'unixsocketperm 700',
    `requirepass ${quoted(options.password)}`,
    `dir ${quoted(options.folder)}`,
    'daemonize no',
    'appendonly yes',
    `appendfsync ${options.appendfsync}`,
    'save ""',
    `maxmemory ${options.maxMemoryBytes}`,
    'maxmemory-policy noeviction',
    'auto-aof-rewrite-min-size 512mb',
  ].join('\n')}\n`
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
