import type { RowOptions } from '../ingest/decode/row.ts'
import { createRowReader } from '../ingest/decode/row-reader.ts'
import { createOccurrences } from '../ingest/ingest-batch.ts'
import type { RealmIntake } from '../ingest/intake-port.ts'
import type { CompiledFeed } from '../ingest/mapping/compile-feed.ts'
import type { Sent } from './city-files.ts'
import { readFrames } from './frames.ts'

const PART_BYTES = 256 * 1024
const NDJSON: RowOptions = { format: 'ndjson' }

/** Senders do not wait for each other: some of them are hours behind the first. */
const HOURS_UNDER_WAY = 4

/** Brings the prepared bodies into the intake as the HTTP front door would, while those before are made durable. */
export async function sendCity(
  path: string,
  feeds: ReadonlyMap<string, CompiledFeed>,
  intake: RealmIntake,
): Promise<void> {
  const underWay: Promise<unknown>[] = []
  let chunk: Promise<unknown>[] = []
  let saysTime = false
  let number = 0
  for (const { header, bytes } of readFrames<Sent>(path)) {
    if (header.type === 'body' && saysTime) {
      underWay.push(Promise.all(chunk))
      if (underWay.length >= HOURS_UNDER_WAY) await underWay.shift()
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
  await Promise.all([...underWay, ...chunk])
}

async function* partsOf(bytes: Buffer): AsyncIterable<Uint8Array> {
  for (let from = 0; from < bytes.length; from += PART_BYTES) yield bytes.subarray(from, from + PART_BYTES)
}
