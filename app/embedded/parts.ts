import { Refusal } from '../../core/errors.ts'
import type { Addresses } from '../addresses.ts'
import { writeAddresses } from '../addresses.ts'
import type { Lifecycle } from '../lifecycle.ts'
import { type DataFolder, secret } from './data-folder.ts'
import { historyUrl, readHistoryAddress } from './history-address.ts'
import { startHistoryProcess } from './history-owner.ts'
import { identityOf } from './process-identity.ts'
import { findRedis, type RedisBinary } from './redis-binary.ts'
import { socketPath, startRedis } from './redis-server.ts'

export interface PartsOptions {
  readonly appendfsync: 'always' | 'everysec'
  /** Told what takes long: that Redis is being installed. */
  readonly announce: (text: string) => void
}

const LOG_BYTES = 4 * 1024 ** 3
const PRESENT_BYTES = 2 * 1024 ** 3
export const DATABASE = 'fengsui'

const WATCH_MS = 1_000

/** Two private Redis and the owner of the history, started or adopted; stopped last, in the opposite order. */
export async function startParts(folder: DataFolder, options: PartsOptions, lifecycle: Lifecycle): Promise<Addresses> {
  const password = secret(folder, 'redis').toString('hex')
  let found: Promise<RedisBinary> | undefined
  const binary = () => {
    found ??= findRedis({ searchPath: process.env.PATH ?? '', install: true, announce: options.announce })
    return found
  }
  const common = { runFolder: folder.run, password, binary, announce: options.announce }
  const { appendfsync } = options
  const parts = [
    () => startRedis({ ...common, name: 'log', folder: folder.log, appendfsync, maxMemoryBytes: LOG_BYTES }),
    () =>
      startRedis({
        ...common,
        name: 'present',
        folder: folder.present,
        appendfsync: 'everysec',
        maxMemoryBytes: PRESENT_BYTES,
      }),
    () => startHistoryProcess(folder.history, folder.run),
  ] as const
  const started = await Promise.allSettled(
    parts.map(async (start) => keepRunning(await start(), start, options.announce, lifecycle)),
  )
  for (const part of started) if (part.status === 'rejected') throw part.reason
  const socketOf = (name: string) => socketPath({ name, runFolder: folder.run })
  const address = readHistoryAddress(folder.run)
  if (address === undefined)
    throw new Refusal({
      zh: `历史库没有写下地址,请查看 ${folder.run}`,
      en: `The history wrote no address: read ${folder.run}.`,
    })
  const addresses: Addresses = {
    logRedis: { path: socketOf('log'), password },
    presentRedis: { path: socketOf('present'), password },
    history: { url: historyUrl(address), username: address.username, password: address.password, database: DATABASE },
  }
  writeAddresses(folder.run, addresses)
  return addresses
}

interface Part {
  readonly pid: number
  stop(): Promise<void>
}

/** A part that dies is started again on the same data and at the same address; stopped, it stays stopped. */
function keepRunning(
  first: Part,
  start: () => Promise<Part>,
  announce: (text: string) => void,
  lifecycle: Lifecycle,
): void {
  let part = first
  let identity = identityOf(part.pid)
  let restarting: Promise<void> | undefined
  const timer = setInterval(() => {
    if (restarting !== undefined || identityOf(part.pid) === identity) return
    announce('存储部件意外退出,正在重启 / a storage part has died and is started again')
    restarting = start()
      .then((again) => {
        part = again
        identity = identityOf(again.pid)
      })
      .catch((error: unknown) => announce(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        restarting = undefined
      })
  }, WATCH_MS)
  timer.unref()
  lifecycle.onStop('an embedded part', async () => {
    clearInterval(timer)
    await restarting
    await part.stop()
  })
}
