import type { EventLog, LogBatch, LogReader, Position } from '../core/event-log.ts'
import { fullHash } from '../core/hash.ts'
import type { History, HistoryTable } from '../core/history.ts'
import { isStateLine } from '../core/reject.ts'
import type { Snapshots } from '../core/snapshots.ts'

export interface RejectPorts {
  readonly log: EventLog
  readonly history: History
  readonly snapshots: Snapshots
  readonly retry: (work: () => Promise<void>) => Promise<void>
}

const ROLE = 'rejects'
const NOTHING = new Uint8Array()

/**
 * Brings what was rejected, and how it ended, into the history, where data stewards look for it; the log is trimmed
 * behind it.
 */
export async function runRejects(
  realm: string,
  { log, history, snapshots, retry }: RejectPorts,
  signal: AbortSignal,
): Promise<void> {
  const loaded = (await snapshots.load(realm, ROLE)).get(0)
  const saved = loaded?.positions.rejects
  let reach = loaded?.reach ?? 0
  const after = new Map<number, Position>(saved === undefined ? [] : [[0, saved]])
  let reader: LogReader | undefined
  try {
    while (!signal.aborted) {
      let batches: readonly LogBatch[] = []
      await retry(async () => {
        reader ??= await log.reader({ topic: 'rejects', realm, shards: [0], after, maxBytes: 4_000_000 })
        batches = await reader.poll(500)
      })
      const last = batches.at(-1)
      if (last === undefined) continue
      for (const [table, body] of rowsOf(batches)) {
        await retry(() => history.insert(table, body, `${table} ${fullHash(body)}`))
      }
      reach += batches.length
      const done = { positions: { rejects: last.position }, state: NOTHING, reach }
      await retry(() => snapshots.save(realm, ROLE, new Map([[0, done]])))
      await retry(() => trimBehindKept(realm, last.position, { log, snapshots }))
    }
  } finally {
    await reader?.close()
  }
}

/** Behind the snapshot that is kept, which may be another's: whoever starts from it must find what follows. */
async function trimBehindKept(
  realm: string,
  done: Position,
  { log, snapshots }: Pick<RejectPorts, 'log' | 'snapshots'>,
): Promise<void> {
  const kept = (await snapshots.load(realm, ROLE)).get(0)?.positions.rejects
  if (kept !== undefined) await log.trim('rejects', realm, 0, kept < done ? kept : done)
}

function rowsOf(batches: readonly LogBatch[]): readonly (readonly [HistoryTable, Uint8Array])[] {
  const rejects: string[] = []
  const states: string[] = []
  for (const { bytes } of batches) {
    for (const line of Buffer.from(bytes).toString().split('\n')) {
      if (line !== '') (isStateLine(line) ? states : rejects).push(line)
    }
  }
  const tables = [
    ['rejects', rejects],
    ['reject_states', states],
  ] as const
  return tables.flatMap(([table, lines]) =>
    lines.length === 0 ? [] : [[table, Buffer.from(`${lines.join('\n')}\n`)] as const],
  )
}
