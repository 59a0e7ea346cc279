import { Retryable } from '../../core/errors.ts'
import { type EventLog, type OutgoingBatch, type Position, shardCountOf, type Topic } from '../../core/event-log.ts'
import { isFresh, letIn, type RoomAsked, type RoomTaken, roomAsked } from '../../core/log-room.ts'
import { connectRedis, type RedisAddress, translateRedisError } from '../redis/connection.ts'
import { idAfter, streamKey, toFields, toPosition, trimmedKey } from './entry.ts'
import { createRedisReader } from './reader.ts'
import { refuseTrimmed, trimmedOf } from './trimmed.ts'

export type RedisCommand = readonly [command: string, ...args: (string | Buffer | number)[]]

export interface RedisEventLog extends EventLog {
  /**
   * Appends all batches and carries out `alongside` in one transaction: all of it is durable, or none. A Retryable
   * `log-full` has appended nothing; after `log-unreachable` it is unknown whether the transaction was carried out.
   */
  append(batches: readonly OutgoingBatch[], alongside?: readonly RedisCommand[]): Promise<readonly Position[]>
}

export interface RedisEventLogOptions {
  readonly redis: RedisAddress
  /**
   * Bound on `observations` and on `rejects`, in bytes of each realm: at it, appending to them fails with `log-full`
   * until they are trimmed. Topics fed from inside are not bounded here, as what drains the log must be able to write:
   * the last part of Redis's own `maxmemory`, which bounds all realms and the index of records together, is theirs.
   */
  readonly maxBytesHeld: number
  readonly onConnectionError?: (error: Error) => void
}

/** What the world fills may take so much of all memory, however many realms there are. */
const SHARE_OF_WORLD = 7 / 8

/** What MEMORY USAGE looks at in each stream: its nodes differ in size, the default of 5 misleads. */
const MEMORY_SAMPLES = 32

/** Inside Redis, as only the ids are wanted and every other way sends the bytes of the entries too. */
const LAST_IDS = `local ids = {}
for i, key in ipairs(KEYS) do
  local entry = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
  ids[i] = entry and entry[1] or ''
end
return ids`

/**
 * `~` drops whole nodes only, which costs next to nothing; without LIMIT 0 it would stop after some thousand entries.
 * Rejects have an end date, which a half-filled node would outlive: they are dropped one by one.
 */
const TRIM = `local known = redis.call('HGET', KEYS[2], ARGV[1])
if not known or known < ARGV[2] then redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) end
if ARGV[4] == '=' then return redis.call('XTRIM', KEYS[1], 'MINID', '=', ARGV[3]) end
return redis.call('XTRIM', KEYS[1], 'MINID', '~', ARGV[3], 'LIMIT', 0)`

/** The log on Redis Streams. Durable to the degree of that Redis's `appendfsync`: `always` for what is promised by default. */
export function createRedisEventLog(options: RedisEventLogOptions): RedisEventLog {
  const redis = connectRedis(options.redis, options.onConnectionError)
  const readers = new Set<() => Promise<void>>()
  const rooms = new Map<string, RoomTaken>()

  async function call<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw translateRedisError(error, 'log', redis)
    }
  }

  function keysOf(topic: Topic, realm: string): string[] {
    return Array.from({ length: shardCountOf(topic) }, (_, shard) => streamKey(realm, topic, shard))
  }

  async function heldBytes(topic: Topic, realm: string): Promise<number> {
    const pipeline = redis.pipeline()
    for (const key of keysOf(topic, realm)) pipeline.memory('USAGE', key, 'SAMPLES', MEMORY_SAMPLES)
    const replies = await call(async () => unwrap(await pipeline.exec()))
    return replies.reduce((sum: number, reply) => sum + Number(reply ?? 0), 0)
  }

  async function measure({ topic, realm }: RoomAsked): Promise<RoomTaken> {
    await leaveRoomInside()
    return { measured: await heldBytes(topic, realm), since: 0 }
  }

  /** Over all realms: the bound of each may be more than this Redis has for all of them. */
  async function leaveRoomInside(): Promise<void> {
    const told = await call(() => redis.info('memory'))
    const [used, most] = ['used_memory', 'maxmemory'].map((name) =>
      Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(told)?.[1]),
    )
    if (used === undefined || !most || used < most * SHARE_OF_WORLD) return
    throw new Retryable('log-full', `Redis holds ${used} of ${most} bytes: the rest is for what drains the log`)
  }

  async function admit(batches: readonly OutgoingBatch[]): Promise<void> {
    for (const asked of roomAsked(batches)) {
      const name = `${asked.realm}:${asked.topic}`
      const known = rooms.get(name)
      // What is known is let in by at once: appends at the same time add up.
      const taken = isFresh(known, options.maxBytesHeld) ? known : await measure(asked)
      rooms.set(name, letIn(taken, asked, options.maxBytesHeld))
    }
  }

  return {
    async append(batches, alongside = []) {
      if (batches.length === 0 && alongside.length === 0) return []
      await admit(batches)
      // One transaction, so that Redis syncs its file once: a long pipeline is read, and synced, in pieces.
      const transaction = redis.multi()
      for (const batch of batches) {
        if (batch.shard >= shardCountOf(batch.topic)) throw new Error(`${batch.topic} has no shard ${batch.shard}`)
        transaction.xadd(streamKey(batch.realm, batch.topic, batch.shard), '*', ...toFields(batch))
      }
      for (const [command, ...args] of alongside) transaction.call(command, ...args)
      const replies = await call(async () => unwrap(await transaction.exec()))
      return batches.map((_, i) => toPosition(String(replies[i])))
    },

    async reader(wanted) {
      const marks = await call(() => trimmedOf(redis, wanted, [...wanted.after.keys()]))
      for (const [shard, after] of wanted.after) refuseTrimmed(wanted, shard, after, marks.get(shard))
      const reader = createRedisReader(connectRedis(options.redis, options.onConnectionError), wanted)
      const close = async () => {
        readers.delete(close)
        await reader.close()
      }
      readers.add(close)
      return { poll: reader.poll, close }
    },

    async ends(topic, realm) {
      const keys = keysOf(topic, realm)
      const ids = await call(() => redis.eval(LAST_IDS, keys.length, ...keys))
      if (!Array.isArray(ids)) throw new Error('Redis did not answer with a list of stream ids')
      const ends = new Map<number, Position>()
      ids.forEach((id: unknown, shard) => {
        if (typeof id === 'string' && id !== '') ends.set(shard, toPosition(id))
      })
      return ends
    },

    async trim(topic, realm, shard, through) {
      const keys = [streamKey(realm, topic, shard), trimmedKey(realm, topic)]
      const exactness = topic === 'rejects' ? '=' : '~'
      await call(() => redis.eval(TRIM, keys.length, ...keys, String(shard), through, idAfter(through), exactness))
      rooms.delete(`${realm}:${topic}`)
    },

    heldBytes,

    async close() {
      await Promise.all([...readers].map((close) => close()))
      redis.disconnect()
    },
  }
}

function unwrap(results: [error: Error | null, result: unknown][] | null): unknown[] {
  if (results === null) throw new Error('Redis dropped a transaction')
  return results.map(([error, result]) => {
    if (error !== null) throw error
    return result
  })
}
