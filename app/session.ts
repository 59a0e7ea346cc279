import { Refusal } from '../core/errors.ts'
import { type Addresses, addressesFrom, readAddresses } from './addresses.ts'
import type { Config } from './config.ts'
import { type DataFolder, dataFolderAt, heldBy, holdDataFolder } from './embedded/data-folder.ts'
import { startParts } from './embedded/parts.ts'
import type { Lifecycle } from './lifecycle.ts'

/** The parts that a command works with: a running system's, the site's servers, or its own for as long as it runs. */
export interface Session {
  readonly folder: DataFolder
  readonly addresses: Addresses
  /** Whether roles run already, so that a command must not start its own. */
  readonly running: boolean
}

export async function openSession(
  config: Config,
  lifecycle: Lifecycle,
  announce: (text: string) => void,
): Promise<Session> {
  const servers = addressesFrom(config)
  const folder = dataFolderAt(config.dataFolder)
  if (servers !== undefined) return { folder: prepared(config, lifecycle), addresses: servers, running: true }
  if (heldBy(folder) !== undefined) {
    const addresses = readAddresses(folder.run)
    if (addresses === undefined)
      throw new Refusal({
        zh: `烽燧正在 ${folder.path} 上启动,请稍后再试`,
        en: `Fengsui is just starting on ${folder.path}: try again in a moment.`,
      })
    return { folder, addresses, running: true }
  }
  const held = holdDataFolder(config.dataFolder)
  lifecycle.onStop('the data folder', async () => held.release())
  const { appendfsync } = config
  return { folder: held, addresses: await startParts(held, { appendfsync, announce }, lifecycle), running: false }
}

/** With the site's servers the folder holds keys and plans alone, and several roles may share it. */
function prepared(config: Config, lifecycle: Lifecycle): DataFolder {
  const folder = dataFolderAt(config.dataFolder)
  if (heldBy(folder) !== undefined) return folder
  const held = holdDataFolder(config.dataFolder)
  lifecycle.onStop('the data folder', async () => held.release())
  return held
}
