import type { Redis } from 'ioredis'
import { Retryable } from '../../core/errors.ts'
import type { EventLog } from '../../core/event-log.ts'
import type { Book, Commit, Held, Mark, Notes, RecordIndex } from '../../ingest/record-index.ts'
import { connectRedis, type RedisAddress, translateRedisError } from '../redis/connection.ts'
import type { RedisCommand, RedisEventLog } from './event-log.ts'
import { packKeys, packMarks, unpackHead } from './record-packing.ts'
import { BUCKETS, KEYS_A_CALL, LOOK_UP, REMEMBER, recordsKey, TAKE_OVER } from './record-scripts.ts'

const SCANNED_AT_ONCE = 1_000

export interface RedisRecordIndexOptions {
  /** The log's own Redis: `commit` is one transaction over both. */
  readonly redis: RedisAddress
  readonly log: RedisEventLog
  readonly onConnectionError?: (error: Error) => void
}

export function createRedisRecordIndex({ redis, log, onConnectionError }: RedisRecordIndexOptions): RecordIndex {
  const { transact: _, opened, ...reads } = createReads(redis, onConnectionError)
  return {
    ...reads,
    isOneStore: true,
    async commit(commit) {
      await opened()
      await log.append(commit.batches, remember(commit))
    },
  }
}

export interface FollowingRecordIndexOptions {
  /** Where the index lies; made durable by that Redis's own settings. */
  readonly redis: RedisAddress
  /** A log elsewhere. */
  readonly log: Pick<EventLog, 'append'>
  readonly onConnectionError?: (error: Error) => void
}

/** For a log that is not in Redis: appends first, then remembers. */
export function createFollowingRecordIndex(options: FollowingRecordIndexOptions): RecordIndex {
  const { transact, opened, ...reads } = createReads(options.redis, options.onConnectionError)
  return {
    ...reads,
    isOneStore: false,
    async commit(commit) {
      await opened()
      if (commit.batches.length > 0) await options.log.append(commit.batches)
      await transact(remember(commit))
    },
  }
}

function createReads(address: RedisAddress, onConnectionError?: (error: Error) => void) {
  const redis = connectRedis(address, onConnectionError)

  async function call<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw translateRedisError(error, 'index', redis)
    }
  }

  let opening: Promise<void> | undefined
  /** Errors: as of every call; then the next one opens it again. */
  function opened(): Promise<void> {
    opening ??= call(() => takeOverBuckets(redis)).catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }

  return {
    opened,

    async lookUp(realm: string, feed: string, keys: Parameters<RecordIndex['lookUp']>[2]): Promise<readonly Held[]> {
      await opened()
      const held = new Array<Held>(keys.length).fill(undefined)
      for (let from = 0; from < keys.length; from += KEYS_A_CALL) {
        const packed = packKeys(keys.slice(from, from + KEYS_A_CALL))
        const found = await call(() => redis.callBuffer('EVAL', LOOK_UP, 0, recordsKey(realm, feed), packed))
        if (!Array.isArray(found)) throw new Error('Redis did not answer with a list of records')
        for (let at = 0; at < found.length; at += 2) held[from + Number(found[at])] = toHeld(found[at + 1])
      }
      return held
    },

    async notes(realm: string): Promise<Readonly<Record<string, string>>> {
      return call(() => redis.hgetall(notesKey(realm)))
    },

    async readBook(realm: string, book: Book, keys: readonly string[]): Promise<readonly (string | undefined)[]> {
      const found: (string | undefined)[] = []
      for (let from = 0; from < keys.length; from += KEYS_A_CALL) {
        const texts = await call(() => redis.hmget(bookKey(realm, book), ...keys.slice(from, from + KEYS_A_CALL)))
        for (const text of texts) found.push(text ?? undefined)
      }
      return found
    },

    async wholeBook(realm: string, book: Book): Promise<Readonly<Record<string, string>>> {
      return call(() => redis.hgetall(bookKey(realm, book)))
    },

    async transact(commands: readonly RedisCommand[]): Promise<void> {
      if (commands.length === 0) return
      const transaction = redis.multi()
      for (const [command, ...args] of commands) transaction.call(command, ...args)
      const results = await call(() => transaction.exec())
      if (results === null) throw new Retryable('index-unreachable', 'Redis dropped a transaction')
      for (const [error] of results) if (error !== null) throw error
    },

    async close(): Promise<void> {
      redis.disconnect()
    },
  }
}

/** What an index of the layout before holds goes to where it is looked for now; as often as it is asked, nothing twice. */
async function takeOverBuckets(redis: Redis): Promise<void> {
  let cursor = '0'
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', BUCKETS, 'COUNT', SCANNED_AT_ONCE)
    if (keys.length > 0) await redis.call('EVAL', TAKE_OVER, 0, ...keys)
    cursor = next
  } while (cursor !== '0')
}

function remember({ realm, marks, notes, books = {} }: Commit): RedisCommand[] {
  const byFeed = new Map<string, Mark[]>()
  for (const mark of marks) {
    const ofFeed = byFeed.get(mark.feed)
    if (ofFeed === undefined) byFeed.set(mark.feed, [mark])
    else ofFeed.push(mark)
  }
  // EVAL, not EVALSHA: inside a transaction a script that Redis has forgotten would fail after the append.
  const commands: RedisCommand[] = []
  for (const [feed, ofFeed] of byFeed) {
    commands.push(['EVAL', REMEMBER, 0, recordsKey(realm, feed), packMarks(ofFeed)])
  }
  commands.push(...textCommands(notesKey(realm), notes))
  for (const book of BOOKS) commands.push(...textCommands(bookKey(realm, book), books[book] ?? {}))
  return commands
}

const BOOKS = ['bindings', 'numbers', 'identities', 'unsettled'] as const satisfies readonly Book[]

function textCommands(key: string, notes: Notes): RedisCommand[] {
  const kept: string[] = []
  const removed: string[] = []
  for (const [name, text] of Object.entries(notes)) {
    if (text === undefined) removed.push(name)
    else kept.push(name, text)
  }
  const commands: RedisCommand[] = []
  if (kept.length > 0) commands.push(['HSET', key, ...kept])
  if (removed.length > 0) commands.push(['HDEL', key, ...removed])
  return commands
}

function toHeld(reply: unknown): Held {
  if (!Buffer.isBuffer(reply)) throw new Error('Redis did not answer with bytes')
  return reply.length === 1 ? 'same' : unpackHead(reply)
}

function bookKey(realm: string, book: Book): string {
  return `fs:${realm}:book:${book}`
}

function notesKey(realm: string): string {
  return `fs:${realm}:notes`
}
