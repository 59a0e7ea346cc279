import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openHistory } from '../../adapters/clickhouse/migrate.ts'
import { createKafkaEventLog } from '../../adapters/kafka/event-log.ts'
import { createRedisPresent } from '../../adapters/redis/present.ts'
import { createRedisEventLog } from '../../adapters/redis-streams/event-log.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import { type Addresses, readAddresses } from '../../app/addresses.ts'
import { caughtUp } from '../../app/caught-up.ts'
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
  /** Waits until everything that a realm's log holds is folded, judged and in the history. */
  caughtUp(realm: string): Promise<void>
  close(): Promise<void>
}

/** `brokers`: where the log is Kafka's; else it is the folder's own. */
export async function viewSystem(path: string, brokers: readonly string[] = []): Promise<SystemView> {
  const folder = dataFolderAt(path)
  const addresses = readAddresses(folder.run)
  if (addresses === undefined) throw new Error(`nothing runs on ${path}`)
  const present = createRedisPresent({ redis: addresses.presentRedis, onFault: () => undefined })
  const history = await openHistory(addresses.history, MIGRATIONS_FOLDER)
  const log =
    brokers.length === 0
      ? createRedisEventLog({ redis: addresses.logRedis, maxBytesHeld: 1e9 })
      : createKafkaEventLog({ brokers, replicationFactor: 1, clock: systemClock })
  return {
    addresses,
    doors: readDoors(folder.run),
    keys: JSON.parse(readFileSync(join(folder.keys, 'feeds.json'), 'utf8')),
    present,
    history,
    caughtUp: (realm) => caughtUp({ log, present }, realm, AbortSignal.timeout(60_000)),
    async close() {
      await log.close()
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

/** Rows by table that one side has and the other has not, some of each, as a failed test should show them. */
export function differences(
  actual: Readonly<Record<string, readonly string[]>>,
  expected: Readonly<Record<string, readonly string[]>>,
): Record<string, { readonly missing: string[]; readonly extra: string[] }> {
  const found: Record<string, { missing: string[]; extra: string[] }> = {}
  for (const [table, rows] of Object.entries(expected)) {
    const missing = without(rows, actual[table] ?? [])
    const extra = without(actual[table] ?? [], rows)
    if (missing.length + extra.length === 0) continue
    const name = `${table}: ${missing.length} missing, ${extra.length} extra`
    found[name] = { missing: missing.slice(0, SHOWN), extra: extra.slice(0, SHOWN) }
  }
  return found
}

const SHOWN = 4

/** As often as they stand there: a row that came twice is one too many. */
function without(rows: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const row of others) left.set(row, (left.get(row) ?? 0) + 1)
  return rows.filter((row) => {
    const count = left.get(row) ?? 0
    left.set(row, count - 1)
    return count <= 0
  })
}
