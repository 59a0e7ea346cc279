import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { Refusal, Retryable } from '../../core/errors.ts'
import type { LogBatch, LogReader, ReaderOptions } from '../../core/event-log.ts'
import type { Clock } from '../../core/time.ts'
import { translateKafkaError } from './errors.ts'
import { offsetAfter, toBatch } from './message.ts'
import { patiently } from './patience.ts'

export interface KafkaReaderOptions extends ReaderOptions {
  readonly topicName: string
  readonly partitions: number
  readonly clock: Clock
  /** Without a sign of life from the consumer for so long, it is replaced. Milliseconds. */
  readonly silenceMs: number
  readonly retry: { readonly initialRetryTime: number; readonly maxRetryTime: number; readonly retries: number }
}

const ENTRY_OVERHEAD = 128
const HEARTBEAT_MS = 3_000
const FETCH_WAIT_MS = 250
const MIN_FETCH_BYTES = 1024 * 1024
/** How long a waiting poll goes without looking at the watchdog. */
const LOOK_MS = 1_000
/** A consumer that hangs must not hold up whoever closes it. */
const CLOSE_MS = 10_000

/**
 * kafkajs has no reading without a group: each reader is the only member of a group of its own, never commits, and goes
 * to its own positions whenever it (re)joins. Kafka numbers a partition without gaps, so that each message must carry
 * the number expected: where kafkajs jumps by itself, after OFFSET_OUT_OF_RANGE, reading stops with a Refusal.
 */
export async function openKafkaReader(kafka: Kafka, options: KafkaReaderOptions): Promise<LogReader> {
  const { realm, topic, topicName, maxBytes, clock } = options
  const wanted = new Set(options.shards)
  const unwanted = Array.from({ length: options.partitions }, (_, partition) => partition).filter(
    (each) => !wanted.has(each),
  )
  /** Per partition, the offset of the next message; absent where reading starts at the beginning. */
  const expected = new Map<number, bigint>()
  for (const [shard, position] of options.after) {
    if (wanted.has(shard)) expected.set(shard, offsetAfter(position))
  }
  let queue: LogBatch[] = []
  let queuedBytes = 0
  let current: Consumer | undefined
  let opening: Promise<void> | undefined
  let lastSign = clock.now()
  /** For ever: reading on would be wrong. */
  let refused: unknown
  /** Told by the next poll, once: reading goes on by itself. */
  let trouble: Retryable | undefined
  let closed = false
  let changed = signal()

  function notify(): void {
    changed.ring()
    changed = signal()
  }

  function lost(consumer: Consumer, error: unknown): void {
    if (consumer !== current) return
    current = undefined
    const translated = translateKafkaError(error)
    if (translated instanceof Retryable) trouble = translated
    else refused = translated
    notify()
  }

  function abandon(consumer: Consumer): Promise<void> {
    return Promise.race([consumer.disconnect().catch(toldAlready), sleep(CLOSE_MS, undefined, { ref: false })])
  }

  async function open(): Promise<void> {
    const consumer = kafka.consumer({
      groupId: `fengsui.${realm}.${topic}.${randomUUID()}`,
      maxBytes: Math.max(maxBytes, MIN_FETCH_BYTES),
      maxBytesPerPartition: MIN_FETCH_BYTES,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      sessionTimeout: 45_000,
      rebalanceTimeout: 60_000,
      heartbeatInterval: HEARTBEAT_MS,
      allowAutoTopicCreation: false,
      // One way back from every fault: a new consumer, made here.
      retry: { ...options.retry, restartOnFailure: () => Promise.resolve(false) },
    })
    current = consumer
    lastSign = clock.now()
    const alive = () => {
      if (consumer === current) lastSign = clock.now()
    }
    consumer.on(consumer.events.FETCH, alive)
    consumer.on(consumer.events.HEARTBEAT, alive)
    consumer.on(consumer.events.CRASH, ({ payload }) => lost(consumer, payload.error))
    // Called before the first fetch after each join; by then kafkajs has forgotten pauses and places.
    consumer.on(consumer.events.GROUP_JOIN, () => {
      if (unwanted.length > 0) consumer.pause([{ topic: topicName, partitions: unwanted }])
      for (const [partition, offset] of expected) consumer.seek({ topic: topicName, partition, offset: String(offset) })
    })
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [topicName], fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 1,
        eachBatch: (payload) => receive(consumer, payload),
      })
    } catch (error) {
      lost(consumer, error)
      await abandon(consumer)
    }
  }

  async function receive(
    consumer: Consumer,
    { batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload,
  ): Promise<void> {
    const { partition } = batch
    if (!wanted.has(partition)) return
    for (const message of batch.messages) {
      while (queuedBytes >= maxBytes) {
        notify()
        const { rung } = changed
        // Nobody polls: say that this member lives, or the group would throw it out.
        await heartbeat()
        await rungOr(rung, HEARTBEAT_MS)
        if (closed || consumer !== current || !isRunning() || isStale()) return
      }
      if (closed || consumer !== current) return
      const offset = BigInt(message.offset)
      const next = expected.get(partition)
      if (next !== undefined && offset > next) {
        refused = new Refusal({
          zh: `${topicName} 分区 ${partition} 应接 ${next},却从 ${offset} 开始:已被截断,请从归档重建`,
          en: `${topicName} partition ${partition} goes on at ${offset} where ${next} was to follow: it was trimmed. Rebuild from the archive`,
        })
        current = undefined
        notify()
        return
      }
      if (next === undefined || offset === next) {
        const entry = toBatch(realm, topic, partition, message)
        queue.push(entry)
        queuedBytes += entry.bytes.byteLength + ENTRY_OVERHEAD
        expected.set(partition, offset + 1n)
      }
      resolveOffset(message.offset)
    }
    lastSign = clock.now()
    notify()
  }

  function take(): LogBatch[] {
    let bytes = 0
    let count = 0
    for (const entry of queue) {
      if (bytes >= maxBytes) break
      bytes += entry.bytes.byteLength + ENTRY_OVERHEAD
      count++
    }
    const batches = queue.slice(0, count)
    queue = queue.slice(count)
    queuedBytes -= bytes
    if (count > 0) notify()
    return batches
  }

  function watch(): void {
    if (current !== undefined && clock.now() - lastSign > options.silenceMs) {
      const silent = current
      lost(
        silent,
        new Retryable('log-silent', `the Kafka consumer gave no sign for ${options.silenceMs} ms and is replaced`),
      )
      void abandon(silent)
    }
    if (current === undefined && opening === undefined) {
      opening = open().finally(() => {
        opening = undefined
        notify()
      })
    }
  }

  await patiently(async () => {
    trouble = undefined
    await open()
    if (refused !== undefined) throw refused
    if (trouble !== undefined) throw trouble
  })
  return {
    async poll(waitMs) {
      for (let remaining = waitMs; ; remaining -= LOOK_MS) {
        if (queue.length > 0) return take()
        if (closed) return []
        if (refused !== undefined) throw refused
        watch()
        if (trouble !== undefined) {
          const told = trouble
          trouble = undefined
          throw told
        }
        if (remaining <= 0) return []
        await rungOr(changed.rung, Math.min(remaining, LOOK_MS))
      }
    },
    async close() {
      closed = true
      notify()
      const consumer = current
      current = undefined
      await opening
      if (consumer !== undefined) await abandon(consumer)
    },
  }
}

function signal(): { rung: Promise<void>; ring: () => void } {
  let ring = () => {}
  const rung = new Promise<void>((resolve) => {
    ring = resolve
  })
  return { rung, ring }
}

async function rungOr(rung: Promise<void>, ms: number): Promise<void> {
  const timer = new AbortController()
  await Promise.race([rung, sleep(ms, undefined, { signal: timer.signal }).catch(toldAlready)])
  timer.abort()
}

/** A replaced consumer may fail to say goodbye, and an aborted sleep ends in an error: neither is news. */
function toldAlready(): void {}
