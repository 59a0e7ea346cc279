import type { SealedPeriod } from '../core/cells.ts'
import type { EventLog } from '../core/event-log.ts'
import type { History } from '../core/history.ts'
import type { Era } from '../core/policy-book.ts'
import { shardOf } from '../core/shard.ts'
import { readArchive } from './archive.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import type { ReceiptInputs } from './make-receipt.ts'
import { namesOf, ownPeriods, type PeriodStreams } from './period-streams.ts'

export interface ReceiptSources {
  readonly history: History
  readonly log: Pick<EventLog, 'ends' | 'reader'>
}

/**
 * What the stores hold of one enterprise: the archive of its shard, and what the whole city said to it under the policy
 * of an era.
 */
export async function receiptInputs(
  { history, log }: ReceiptSources,
  enterprise: string,
  era: Era,
  policy: CompiledPolicy,
): Promise<ReceiptInputs> {
  const { realm, from } = era.entry
  return {
    batches: readArchive(history, realm, [shardOf(enterprise)]),
    periods: sealedPeriods(log, { realm, aside: era.stream, from, periodMs: policy.periodMs }),
    keys: await keysOf(history, realm, enterprise),
    activation: era.entry,
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

async function* sealedPeriods(log: ReceiptSources['log'], streams: PeriodStreams): AsyncGenerator<SealedPeriod> {
  for (const realm of namesOf(streams)) {
    const end = (await log.ends('sealed', realm)).get(0)
    if (end === undefined) continue
    const reader = await log.reader({ topic: 'sealed', realm, shards: [0], after: new Map(), maxBytes: 8_000_000 })
    try {
      for (let position = ''; position < end; ) {
        for (const batch of await reader.poll(500)) {
          position = batch.position
          yield* ownPeriods<SealedPeriod>(streams, batch)
        }
      }
    } finally {
      await reader.close()
    }
  }
}
