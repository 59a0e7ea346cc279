import type { FeedPolicy } from '../core/feed-policy.ts'
import { readRows } from '../ingest/decode/row-reader.ts'
import { dayOf, monthsBefore } from '../simulation/calendar.ts'
import { FEED_NAMES, type FeedName } from '../simulation/feeds/feed.ts'
import { bodyOf } from '../simulation/headers.ts'
import { history, live, type Stretch } from '../simulation/timeline.ts'
import { createWorld } from '../simulation/world.ts'
import { createFrameWriter, type FrameWriter } from './frames.ts'

/** A body as a sender would post it, or the word that time has come. */
export type Sent =
  | { readonly type: 'body'; readonly feed: string; readonly bulk: boolean }
  | { readonly type: 'progress'; readonly until: number; readonly feeds: readonly string[]; readonly closed: boolean }

const HOURLY_DAYS = 14
const CHUNK_ROWS = 20_000
const LINES_PER_BODY = 5_000

type Feeds = ReadonlyMap<string, FeedPolicy>

/** A city's past. */
export interface Past {
  /** Whose records it holds. */
  readonly enterprises: number
  readonly months: number
  /** The local midnight at which it ends, UTC ms. */
  readonly startAt: number
  /** How many others stand in the register on its first day, and are not heard of again. */
  readonly others?: number
}

/** So many months of a simulated city, as the simulated senders would send them in bulk, but all of it as NDJSON. */
export function writePast(path: string, feeds: Feeds, { enterprises, months, startAt, others = 0 }: Past): void {
  const to = dayOf(startAt)
  const from = monthsBefore(to, months)
  const world = createWorld({ seed: 1, enterprises, firstDay: from })
  const writer = createFrameWriter<Sent>(path)
  if (others > 0) {
    const rest = createWorld({ seed: 2, enterprises: others, firstDay: from })
    for (const day of history(rest, { from, to: from + 1, hourlyFrom: to })) writeBodies(writer, [day], feeds, true)
  }
  let chunk: Stretch[] = []
  let rows = 0
  const flush = () => {
    writeStretches(writer, chunk, feeds, true)
    chunk = []
    rows = 0
  }
  for (const day of history(world, { from, to, hourlyFrom: to - HOURLY_DAYS })) {
    chunk.push(day)
    rows += rowsOf(day)
    if (rows >= CHUNK_ROWS) flush()
  }
  flush()
  writer.close()
}

/**
 * A city at work: what is registered on its first day in bulk into one file, and into another what comes hour by hour
 * after it, as live senders send it, until there are so many rows.
 */
export function writeStream(
  paths: { readonly stock: string; readonly live: string },
  feeds: Feeds,
  city: { readonly enterprises: number; readonly startAt: number; readonly rows: number },
): void {
  const first = dayOf(city.startAt)
  const world = createWorld({ seed: 1, enterprises: city.enterprises, firstDay: first })
  const stock = createFrameWriter<Sent>(paths.stock)
  let start = city.startAt
  for (const day of history(world, { from: first, to: first + 1, hourlyFrom: first })) {
    writeStretches(stock, [day], feeds, true)
    start = day.end
  }
  stock.close()
  const writer = createFrameWriter<Sent>(paths.live)
  let rows = 0
  for (const hour of live(world, start)) {
    writeStretches(writer, [hour], feeds, false)
    rows += rowsOf(hour)
    if (rows >= city.rows) break
  }
  writer.close()
}

function rowsOf({ rows }: Stretch): number {
  return FEED_NAMES.reduce((sum, feed) => sum + rows[feed].length, 0)
}

function writeStretches(writer: FrameWriter<Sent>, chunk: readonly Stretch[], feeds: Feeds, bulk: boolean): void {
  writeBodies(writer, chunk, feeds, bulk)
  for (const { start, end, down } of chunk) {
    if (down.length > 0) writer.write({ type: 'progress', until: start, feeds: down, closed: true }, EMPTY)
    const up = FEED_NAMES.filter((feed) => !down.includes(feed))
    writer.write({ type: 'progress', until: end, feeds: up, closed: false }, EMPTY)
  }
}

function writeBodies(writer: FrameWriter<Sent>, chunk: readonly Stretch[], feeds: Feeds, bulk: boolean): void {
  for (const feed of FEED_NAMES) {
    const lines = chunk.flatMap((stretch) => stretch.rows[feed].map(({ line }) => line))
    for (let at = 0; at < lines.length; at += LINES_PER_BODY) {
      writer.write({ type: 'body', feed, bulk }, asNdjson(feed, lines.slice(at, at + LINES_PER_BODY), feeds))
    }
  }
}

const EMPTY = Buffer.alloc(0)

/** Rows of a CSV feed become the objects that a JSON sender would send: the front door takes either. */
function asNdjson(feed: FeedName, lines: readonly string[], feeds: Feeds): Buffer {
  const { type, text } = bodyOf(feed, lines)
  if (type === 'application/x-ndjson') return Buffer.from(text)
  const policy = feeds.get(feed)
  if (policy === undefined) throw new RangeError(`the policy set has no feed ${feed}`)
  const rows = readRows(policy, Buffer.from(text), { format: 'csv' })
  return Buffer.from(rows.map((row) => `${JSON.stringify(row.fields ?? {})}\n`).join(''))
}
