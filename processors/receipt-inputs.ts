import type { SealedPeriod } from '../core/cells.ts'
import type { EventLog } from '../core/event-log.ts'
import type { History } from '../core/history.ts'
import { shardOf } from '../core/shard.ts'
import { readArchive } from './archive.ts'
import type { ReceiptInputs } from './make-receipt.ts'
import { parseLines } from './realm-processor.ts'

export interface ReceiptSources {
  readonly history: History
  readonly log: Pick<EventLog, 'ends' | 'reader'>
}

/** What the stores hold of one enterprise: the archive of its shard, and what the whole city said to it. */
export async function receiptInputs(
  { history, log }: ReceiptSources,
  realm: string,
  enterprise: string,
): Promise<ReceiptInputs> {
  return {
    batches: readArchive(history, realm, [shardOf(enterprise)]),
    periods: sealedPeriods(log, realm),
    keys: await keysOf(history, realm, enterprise),
  }
}

async function keysOf(history: History, realm: string, enterprise: string): Promise<ReadonlySet<string>> {
  const rows = await history.query<{ key: string }>(
    `SELECT DISTINCT arrayJoin([facts['place'], facts['industry'], facts['owner']]) AS key FROM observations
      WHERE realm = {realm:String} AND subject = {enterprise:String}`,
    { realm, enterprise },
  )
  return new Set(rows.map(({ key }) => key).filter((key) => key !== ''))
}

async function* sealedPeriods(log: ReceiptSources['log'], realm: string): AsyncGenerator<SealedPeriod> {
  const end = (await log.ends('sealed', realm)).get(0)
  if (end === undefined) return
  const reader = await log.reader({ topic: 'sealed', realm, shards: [0], after: new Map(), maxBytes: 8_000_000 })
  try {
    for (let position = ''; position < end; ) {
      for (const batch of await reader.poll(500)) {
        position = batch.position
        yield* parseLines<SealedPeriod>(batch.bytes)
      }
    }
  } finally {
    await reader.close()
  }
}
