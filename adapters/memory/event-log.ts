import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal, Retryable } from '../../core/errors.ts'
import {
  BEGINNING,
  type EventLog,
  FED_FROM_OUTSIDE,
  type LogBatch,
  type LogReader,
  type Position,
  type ReaderOptions,
  shardCountOf,
  type Topic,
} from '../../core/event-log.ts'

export interface MemoryEventLogOptions {
  /** Bound in bytes on `observations` and on `rejects` of each realm; none by default. */
  readonly maxBytesHeld?: number
  /** How an empty poll waits (milliseconds) when nothing is appended meanwhile: real time unless a test says otherwise. */
  readonly wait?: (ms: number) => Promise<unknown>
}

interface Stream {
  readonly entries: LogBatch[]
  bytes: number
  /** Entries ever appended: the next one's number. */
  appended: number
  trimmed: Position | undefined
}

function refuseTrimmed(
  { trimmed }: Stream,
  { topic, realm, shard }: { readonly topic: Topic; readonly realm: string; readonly shard: number },
  after: Position | undefined,
): void {
  if (after === undefined || trimmed === undefined || after >= trimmed) return
  throw new Refusal({
    zh: `${realm} 的 ${topic} 分片 ${shard} 已截断到 ${trimmed},在 ${after || '开头'} 之后`,
    en: `${topic} shard ${shard} of ${realm} was trimmed to ${trimmed}, after ${after || 'nothing'}`,
  })
}

/** The log for tests on virtual time: same promises as the others, but for surviving its process. */
export function createMemoryEventLog(options: MemoryEventLogOptions = {}): EventLog {
  const maxBytesHeld = options.maxBytesHeld ?? Number.POSITIVE_INFINITY
  const wait = options.wait ?? sleep
  const streams = new Map<string, Stream>()
  const sleepers = new Set<() => void>()

  function streamOf(topic: Topic, realm: string, shard: number): Stream {
    if (shard >= shardCountOf(topic)) throw new Error(`${topic} has no shard ${shard}`)
    const key = `${realm}:${topic}:${shard}`
    let stream = streams.get(key)
    if (stream === undefined) {
      stream = { entries: [], bytes: 0, appended: 0, trimmed: undefined }
      streams.set(key, stream)
    }
    return stream
  }

  function streamsOf(topic: Topic, realm: string): Stream[] {
    return Array.from({ length: shardCountOf(topic) }, (_, shard) => streamOf(topic, realm, shard))
  }

  function isFull(topic: Topic, realm: string): boolean {
    return maxBytesHeld !== Number.POSITIVE_INFINITY && heldBytes(topic, realm) >= maxBytesHeld
  }

  function heldBytes(topic: Topic, realm: string): number {
    return streamsOf(topic, realm).reduce((sum, stream) => sum + stream.bytes, 0)
  }

  function wakeAll(): void {
    for (const wake of [...sleepers]) wake()
  }

  async function appendedOr(waitMs: number): Promise<void> {
    let wake = () => {}
    const woken = new Promise<void>((resolve) => {
      wake = resolve
    })
    sleepers.add(wake)
    await Promise.race([woken, wait(waitMs)])
    sleepers.delete(wake)
  }

  function openReader({ topic, realm, shards, after, maxBytes }: ReaderOptions): LogReader {
    const next = new Map<number, Position>(after)
    const streams = shards.map((shard) => [shard, streamOf(topic, realm, shard)] as const)
    let closed = false

    function read(): LogBatch[] {
      const batches: LogBatch[] = []
      let bytes = 0
      for (const [shard, stream] of streams) {
        const { entries, appended } = stream
        const from = next.get(shard)
        if (after.has(shard)) refuseTrimmed(stream, { topic, realm, shard }, from)
        const first = from === undefined || from === BEGINNING ? 0 : Number(from) + 1 - (appended - entries.length)
        for (let i = Math.max(0, first); i < entries.length; i++) {
          const entry = entries[i]
          if (entry === undefined) break
          if (bytes >= maxBytes) return batches
          batches.push(entry)
          bytes += entry.bytes.byteLength
          next.set(shard, entry.position)
        }
      }
      return batches
    }

    return {
      async poll(waitMs) {
        const found = closed ? [] : read()
        if (found.length > 0 || waitMs <= 0 || closed) return found
        await appendedOr(waitMs)
        return closed ? [] : read()
      },
      async close() {
        closed = true
        wakeAll()
      },
    }
  }

  return {
    async append(batches) {
      for (const { topic, realm } of batches) {
        if (FED_FROM_OUTSIDE.has(topic) && isFull(topic, realm))
          throw new Retryable('log-full', `${topic} of ${realm} is at its bound`)
      }
      const positions = batches.map((batch) => {
        const stream = streamOf(batch.topic, batch.realm, batch.shard)
        const position = String(stream.appended++).padStart(20, '0')
        stream.entries.push({ ...batch, bytes: batch.bytes.slice(), position })
        stream.bytes += batch.bytes.byteLength
        return position
      })
      wakeAll()
      return positions
    },

    async reader(wanted) {
      const { topic, realm, after } = wanted
      for (const shard of wanted.shards) {
        refuseTrimmed(streamOf(topic, realm, shard), { topic, realm, shard }, after.get(shard))
      }
      return openReader(wanted)
    },

    async ends(topic, realm) {
      const ends = new Map<number, Position>()
      streamsOf(topic, realm).forEach((stream, shard) => {
        const last = stream.entries.at(-1)
        if (last !== undefined) ends.set(shard, last.position)
      })
      return ends
    },

    async trim(topic, realm, shard, through) {
      const stream = streamOf(topic, realm, shard)
      const kept = stream.entries.filter((entry) => entry.position > through)
      stream.entries.splice(0, stream.entries.length, ...kept)
      stream.bytes = kept.reduce((sum, entry) => sum + entry.bytes.byteLength, 0)
      if (stream.trimmed === undefined || stream.trimmed < through) stream.trimmed = through
    },

    async heldBytes(topic, realm) {
      return heldBytes(topic, realm)
    },

    async close() {
      wakeAll()
    },
  }
}
