import type { RowOptions } from '../ingest/decode/row.ts'
import { createRowReader } from '../ingest/decode/row-reader.ts'
import { createOccurrences } from '../ingest/ingest-batch.ts'
import type { CompiledFeed } from '../ingest/mapping/compile-feed.ts'
import type { RealmIntake } from '../ingest/realm-intake.ts'
import type { Sent } from './city-files.ts'
import { readFrames } from './frames.ts'

const PART_BYTES = 256 * 1024
const NDJSON: RowOptions = { format: 'ndjson' }

/** Brings the prepared bodies into the intake as the HTTP front door would, a chunk read while the one before is made durable. */
export async function sendCity(
  path: string,
  feeds: ReadonlyMap<string, CompiledFeed>,
  intake: RealmIntake,
): Promise<void> {
  let underWay: Promise<unknown> = Promise.resolve()
  let chunk: Promise<unknown>[] = []
  let saysTime = false
  let number = 0
  for (const { header, bytes } of readFrames<Sent>(path)) {
    if (header.type === 'body' && saysTime) {
      const sent = Promise.all(chunk)
      await underWay
      underWay = sent
      chunk = []
      saysTime = false
    }
    if (header.type === 'progress') {
      saysTime = true
      chunk.push(intake.declare(header.feeds, header.until, header.closed))
      continue
    }
    const feed = feeds.get(header.feed)
    if (feed === undefined) throw new RangeError(`the policy set has no feed ${header.feed}`)
    const source = `body:${++number}`
    const occurrence = createOccurrences()
    for await (const rows of createRowReader(feed.policy, source, NDJSON)(partsOf(bytes))) {
      chunk.push(intake.submit({ feed, source, rows, bulk: header.bulk, occurrence }))
    }
  }
  await underWay
  await Promise.all(chunk)
}

async function* partsOf(bytes: Buffer): AsyncIterable<Uint8Array> {
  for (let from = 0; from < bytes.length; from += PART_BYTES) yield bytes.subarray(from, from + PART_BYTES)
}
