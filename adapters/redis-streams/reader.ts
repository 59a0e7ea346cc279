import type { Redis } from 'ioredis'
import type { LogBatch, LogReader, Position, ReaderOptions } from '../../core/event-log.ts'
import { translateRedisError } from '../redis/connection.ts'
import { streamKey, toBatch, toPosition, toStreamId } from './entry.ts'
import { refuseTrimmed, trimmedOf } from './trimmed.ts'

/** What an entry weighs beside its bytes: keeps a poll bounded where entries carry progress only. */
const ENTRY_OVERHEAD = 128
const FIRST_GUESS = 16 * 1024

/** Reads over a connection of its own, which it closes: a blocked XREAD holds up everything else on its connection. */
export function createRedisReader(redis: Redis, options: ReaderOptions): LogReader {
  const { realm, topic, maxBytes } = options
  const shardOfKey = new Map(options.shards.map((shard) => [streamKey(realm, topic, shard), shard]))
  const keys = [...shardOfKey.keys()]
  const next = new Map<string, string>()
  for (const [key, shard] of shardOfKey) {
    const after = options.after.get(shard)
    next.set(key, after === undefined ? '0-0' : toStreamId(after))
  }
  let held: LogBatch[] = []
  let meanSize = FIRST_GUESS
  let rotation = 0
  let closed = false

  async function read(from: readonly string[], count: number, waitMs: number): Promise<LogBatch[]> {
    const streams = [...from, ...from.map((key) => next.get(key) ?? '0-0')]
    // BLOCK 0 would wait for ever.
    const replies =
      waitMs > 0
        ? await redis.xreadBuffer('COUNT', count, 'BLOCK', Math.ceil(waitMs), 'STREAMS', ...streams)
        : await redis.xreadBuffer('COUNT', count, 'STREAMS', ...streams)
    const batches: LogBatch[] = []
    const reached = new Map<string, string>()
    const before = new Map<number, Position>()
    for (const [keyBytes, entries] of replies ?? []) {
      const key = String(keyBytes)
      const shard = shardOfKey.get(key)
      if (shard === undefined) throw new Error(`Redis answered for a stream that was not asked for: ${key}`)
      if (options.after.has(shard)) before.set(shard, toPosition(next.get(key) ?? '0-0'))
      for (const [id, fields] of entries) {
        batches.push(toBatch(realm, topic, shard, String(id), fields))
        reached.set(key, String(id))
      }
    }
    // Asked for after the read: what was trimmed before it is then known, and a gap is not taken for silence.
    const marks = await trimmedOf(redis, options, [...before.keys()])
    for (const [shard, position] of before) refuseTrimmed(options, shard, position, marks.get(shard))
    for (const [key, id] of reached) next.set(key, id)
    if (batches.length > 0)
      meanSize = (meanSize + batches.reduce((sum, each) => sum + sizeOf(each), 0) / batches.length) / 2
    return batches
  }

  /** XREAD's COUNT is per stream: guessed so that all streams together give about `maxBytes`. */
  async function fetch(waitMs: number): Promise<LogBatch[]> {
    const entries = Math.max(1, Math.floor(maxBytes / meanSize))
    if (entries >= keys.length) return read(keys, Math.floor(entries / keys.length), waitMs)
    // Entries are so large that one of each stream is too much: a few streams at a time, in turn.
    for (let asked = 0; asked < keys.length; asked += entries) {
      const some = Array.from({ length: entries }, (_, i) => keys[(rotation + i) % keys.length] ?? '')
      rotation = (rotation + entries) % keys.length
      const batches = await read(some, 1, 0)
      if (batches.length > 0) return batches
    }
    return waitMs > 0 ? read(keys, 1, waitMs) : []
  }

  return {
    async poll(waitMs) {
      try {
        if (held.length === 0 && keys.length > 0) held = await fetch(waitMs)
      } catch (error) {
        if (closed) return []
        throw translateRedisError(error, 'log', redis)
      }
      let taken = 0
      for (let bytes = 0; taken < held.length && bytes < maxBytes; taken++) bytes += sizeOf(held[taken])
      const batches = held.slice(0, taken)
      held = held.slice(taken)
      return batches
    },
    async close() {
      closed = true
      redis.disconnect()
    },
  }
}

function sizeOf(batch: LogBatch | undefined): number {
  return (batch?.bytes.byteLength ?? 0) + ENTRY_OVERHEAD
}
