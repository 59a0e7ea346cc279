import type { KafkaMessage } from 'kafkajs'
import type { Row } from '../../ingest/decode/row.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { createOccurrences } from '../../ingest/ingest-batch.ts'
import type { RealmIntake } from '../../ingest/intake-port.ts'
import type { CompiledFeed } from '../../ingest/mapping/compile-feed.ts'

/** Between two commits of a partition, so that a fault makes little come again and memory holds little twice. */
const CHUNK_MESSAGES = 1_000
const CHUNK_BYTES = 1024 * 1024

export function* chunksOf(messages: readonly KafkaMessage[]): Generator<readonly KafkaMessage[], void, undefined> {
  let from = 0
  let bytes = 0
  for (const [index, { value }] of messages.entries()) {
    bytes += value?.length ?? 0
    const count = index + 1 - from
    if (count < CHUNK_MESSAGES && bytes < CHUNK_BYTES && index + 1 < messages.length) continue
    yield messages.slice(from, index + 1)
    from = index + 1
    bytes = 0
  }
}

/**
 * Resolves when every row of all messages is durable, as an observation or as a reject. A message's name is its place,
 * so that it is the same reject when it comes again. Errors: `Retryable`; some of them may be durable then.
 */
export async function submitMessages(
  { feed, intake }: { readonly feed: CompiledFeed; readonly intake: RealmIntake },
  partition: string,
  messages: readonly KafkaMessage[],
): Promise<void> {
  const submitted = messages.map(({ offset, value }) =>
    intake.submit({
      feed,
      source: `${partition}@${offset}`,
      rows: rowsOf(feed, value),
      bulk: false,
      occurrence: createOccurrences(),
    }),
  )
  for (const outcome of await Promise.allSettled(submitted)) {
    if (outcome.status === 'rejected') throw outcome.reason
  }
}

function rowsOf(feed: CompiledFeed, value: Buffer | null): Row[] {
  const rows = value === null ? [] : readRows(feed.policy, value)
  if (rows.length > 0) return rows
  return [
    {
      line: 1,
      offset: 0,
      raw: value ?? new Uint8Array(0),
      error: 'unreadable-line',
      hint: { zh: '消息为空', en: 'an empty message' },
    },
  ]
}
