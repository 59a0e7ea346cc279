import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openHistory } from '../../adapters/clickhouse/migrate.ts'
import { createRedisPresent } from '../../adapters/redis/present.ts'
import { type Addresses, readAddresses } from '../../app/addresses.ts'
import { type Doors, readDoors } from '../../app/doors.ts'
import { dataFolderAt } from '../../app/embedded/data-folder.ts'
import { startHistoryProcess } from '../../app/embedded/history-owner.ts'
import type { History, HistoryTable } from '../../core/history.ts'
import type { Present } from '../../core/present.ts'
import { MIGRATIONS_FOLDER } from './embedded.ts'

/** What a test sees of a system that runs on a data folder, beside its doors. */
export interface SystemView {
  readonly addresses: Addresses
  readonly doors: Doors
  /** By `realm/feed`. */
  readonly keys: Readonly<Record<string, string>>
  readonly present: Present
  readonly history: History
  close(): Promise<void>
}

export async function viewSystem(path: string): Promise<SystemView> {
  const folder = dataFolderAt(path)
  const addresses = readAddresses(folder.run)
  if (addresses === undefined) throw new Error(`nothing runs on ${path}`)
  const present = createRedisPresent({ redis: addresses.presentRedis, onFault: () => undefined })
  const history = await openHistory(addresses.history, MIGRATIONS_FOLDER)
  return {
    addresses,
    doors: readDoors(folder.run),
    keys: JSON.parse(readFileSync(join(folder.keys, 'feeds.json'), 'utf8')),
    present,
    history,
    async close() {
      await present.close()
      await history.close()
    },
  }
}

/** The history of a folder on which nothing runs, its owner started for the purpose. */
export async function withHistoryOf<Result>(path: string, use: (history: History) => Promise<Result>): Promise<Result> {
  const folder = dataFolderAt(path)
  const owner = await startHistoryProcess(folder.history, folder.run)
  const { url, username, password } = owner
  const history = await openHistory({ url, username, password, database: 'fengsui' }, MIGRATIONS_FOLDER)
  try {
    return await use(history)
  } finally {
    await history.close()
    await owner.stop()
  }
}

/** Wall times of the work itself: all that two runs over the same records may differ in. */
const PROCESSING_TIMES: Readonly<Partial<Record<HistoryTable, string>>> = {
  observations: 'received',
  risk: 'processed',
  rejects: 'received, until, sealed',
}

/** A table's rows for one realm as JSON lines in their order, without the times of the work. */
export async function rowsOf(history: History, table: HistoryTable, realm: string): Promise<string[]> {
  const times = PROCESSING_TIMES[table]
  const columns = times === undefined ? '*' : `* EXCEPT (${times})`
  const rows = await history.query<object>(`SELECT ${columns} FROM ${table} FINAL WHERE realm = {realm:String}`, {
    realm,
  })
  return rows.map((row) => JSON.stringify(row)).sort()
}
