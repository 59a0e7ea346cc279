import { Retryable } from '../../core/errors.ts'
import type { EventLog } from '../../core/event-log.ts'
import type { Book, Commit, Held, Mark, Notes, RecordIndex } from '../../ingest/record-index.ts'
import { connectRedis, type RedisAddress, translateRedisError } from '../redis/connection.ts'
import type { RedisCommand, RedisEventLog } from './event-log.ts'
import { packKeys, packMarks, unpackHead } from './record-packing.ts'

/**
 * Records lie in 2^15 small hashes per feed, so that Redis keeps each as one packed list: about 60 bytes a record, up to
 * some 16 million records a feed (`hash-max-listpack-entries` 512); beyond, it still works and costs more memory. Never change it: records would no longer be found. A hash's field is the record (8 bytes) with its head, or record
 * and content (16 bytes) with nothing, for a content that is not the newest.
 */
const BUCKET = `local function bucket(record) return ARGV[1] .. (record:byte(1) * 128 + math.floor(record:byte(2) / 2)) end
`
/** Answers only what was found, each behind its place among the keys: nearly all records are new. */
const LOOK_UP = `${BUCKET}local keys, found = ARGV[2], {}
for at = 1, #keys, 16 do
  local record = keys:sub(at, at + 7)
  local key = bucket(record)
  local head = redis.call('HGET', key, record)
  if head then
    local content = keys:sub(at + 8, at + 15)
    if head:sub(1, 8) == content or redis.call('HEXISTS', key, record .. content) == 1 then head = '=' end
    found[#found + 1] = (at - 1) / 16
    found[#found + 1] = head
  end
end
return found`

const REMEMBER = `${BUCKET}local marks, at = ARGV[2], 1
while at <= #marks do
  local record = marks:sub(at, at + 7)
  local length = marks:byte(at + 8) * 256 + marks:byte(at + 9)
  at = at + 10
  if length > 0 then
    redis.call('HSET', bucket(record), record, marks:sub(at, at + length - 1))
    at = at + length
  else
    redis.call('HSET', bucket(record), record .. marks:sub(at, at + 7), '')
    at = at + 8
  end
end`

/** One script holds Redis up for about 5 ms at this many records. */
const KEYS_A_CALL = 4096

export interface RedisRecordIndexOptions {
  /** The log's own Redis: `commit` is one transaction over both. */
  readonly redis: RedisAddress
  readonly log: RedisEventLog
  readonly onConnectionError?: (error: Error) => void
}

export function createRedisRecordIndex({ redis, log, onConnectionError }: RedisRecordIndexOptions): RecordIndex {
  const { transact: _, ...reads } = createReads(redis, onConnectionError)
  return {
    ...reads,
    isOneStore: true,
    async commit(commit) {
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
  const { transact, ...reads } = createReads(options.redis, options.onConnectionError)
  return {
    ...reads,
    isOneStore: false,
    async commit(commit) {
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

  return {
    async lookUp(realm: string, feed: string, keys: Parameters<RecordIndex['lookUp']>[2]): Promise<readonly Held[]> {
      const held = new Array<Held>(keys.length).fill(undefined)
      for (let from = 0; from < keys.length; from += KEYS_A_CALL) {
        const packed = packKeys(keys.slice(from, from + KEYS_A_CALL))
        const found = await call(() => redis.callBuffer('EVAL', LOOK_UP, 0, prefixOf(realm, feed), packed))
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
    commands.push(['EVAL', REMEMBER, 0, prefixOf(realm, feed), packMarks(ofFeed)])
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

function prefixOf(realm: string, feed: string): string {
  return `fs:${realm}:index:${feed}:`
}

function bookKey(realm: string, book: Book): string {
  return `fs:${realm}:book:${book}`
}

function notesKey(realm: string): string {
  return `fs:${realm}:notes`
}
