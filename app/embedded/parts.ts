import type { Addresses } from '../addresses.ts'
import { writeAddresses } from '../addresses.ts'
import type { Lifecycle } from '../lifecycle.ts'
import { type DataFolder, secret } from './data-folder.ts'
import { startHistoryProcess } from './history-owner.ts'
import { findRedis, type RedisBinary } from './redis-binary.ts'
import { startRedis } from './redis-server.ts'

export interface PartsOptions {
  readonly appendfsync: 'always' | 'everysec'
  /** Told what takes long: that Redis is being installed. */
  readonly announce: (text: string) => void
}

const LOG_BYTES = 4 * 1024 ** 3
const PRESENT_BYTES = 2 * 1024 ** 3
export const DATABASE = 'fengsui'

/** Two private Redis and the owner of the history, started or adopted; stopped last, in the opposite order. */
export async function startParts(folder: DataFolder, options: PartsOptions, lifecycle: Lifecycle): Promise<Addresses> {
  const password = secret(folder, 'redis').toString('hex')
  let found: Promise<RedisBinary> | undefined
  const binary = () => {
    found ??= findRedis({ searchPath: process.env.PATH ?? '', install: true, announce: options.announce })
    return found
  }
  const common = { runFolder: folder.run, password, binary }
  const started = await Promise.allSettled([
    startRedis({
      ...common,
      name: 'log',
      folder: folder.log,
      appendfsync: options.appendfsync,
      maxMemoryBytes: LOG_BYTES,
    }),
    startRedis({
      ...common,
      name: 'present',
      folder: folder.present,
      appendfsync: 'everysec',
      maxMemoryBytes: PRESENT_BYTES,
    }),
    startHistoryProcess(folder.history, folder.run),
  ])
  const [log, present, history] = started
  for (const part of started)
    if (part.status === 'fulfilled') lifecycle.onStop('an embedded part', () => part.value.stop())
  if (log.status === 'rejected') throw log.reason
  if (present.status === 'rejected') throw present.reason
  if (history.status === 'rejected') throw history.reason
  const { url, username } = history.value
  const addresses: Addresses = {
    logRedis: { path: log.value.socket, password },
    presentRedis: { path: present.value.socket, password },
    history: { url, username, password: history.value.password, database: DATABASE },
  }
  writeAddresses(folder.run, addresses)
  return addresses
}
