import { setTimeout as sleep } from 'node:timers/promises'
import { type Consumer, type EachBatchPayload, Kafka, type KafkaConfig, logLevel } from 'kafkajs'
import { Refusal, Retryable } from '../../core/errors.ts'
import type { Clock } from '../../core/time.ts'
import type { RealmIntake } from '../../ingest/intake-port.ts'
import type { CompiledFeed } from '../../ingest/mapping/compile-feed.ts'
import { translateKafkaError } from './errors.ts'
import { createHeldBack } from './held-back.ts'
import { findLost, type LostRange } from './source-lost.ts'
import { chunksOf, submitMessages } from './source-messages.ts'

export interface KafkaSourceOptions {
  readonly brokers: readonly string[]
  readonly topic: string
  /** The group whose offsets say how far this feed has read. */
  readonly group: string
  readonly ssl?: KafkaConfig['ssl']
  readonly sasl?: KafkaConfig['sasl']
  readonly feed: CompiledFeed
  readonly intake: RealmIntake
  readonly clock: Clock
  /** Told what goes wrong; reading goes on by itself. */
  readonly onTrouble: (error: unknown) => void
  /** Told what Kafka dropped before it was read: nobody can bring it back from there. */
  readonly onLost: (lost: LostRange) => void
  /** A consumer without a sign of life for so long is replaced. Milliseconds; 45 000 by default. */
  readonly silenceMs?: number
}

export interface KafkaSource {
  close(): Promise<void>
}

const SILENCE_MS = 45_000
const LOOK_MS = 1_000
/** What a person has to mend is looked at again so often. */
const REFUSED_LOOK_MS = 30_000
/** A consumer that hangs must not hold up whoever closes it. */
const CLOSE_MS = 10_000
const MAX_BYTES = 4 * 1024 * 1024
const FETCH_WAIT_MS = 250
/** A member that has vanished keeps the others of its group, and its own successor, waiting for so long. */
const SESSION_MS = 15_000
const HEARTBEAT_MS = 2_000
/** About 12 s: a broker that is started again finds the same member, which has not to wait for itself. */
const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 14 }

/**
 * Another system's topic as a feed: each message is one body of the feed's format. The group's offset of a partition is
 * committed only when everything before it is durable, so that after any fault some messages come again and none is
 * left out. Under pressure partitions are paused where they stand. kafkajs itself unpacks gzip alone.
 */
export function startKafkaSource(options: KafkaSourceOptions): KafkaSource {
  const { topic, group, intake, clock } = options
  const kafka = new Kafka({
    clientId: 'fengsui',
    brokers: [...options.brokers],
    logLevel: logLevel.NOTHING,
    retry: RETRY,
    ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
  })
  const closing = new AbortController()
  const held = createHeldBack(intake, closing.signal)
  /** Next offset by partition, of the partitions that this member has had since it read them. */
  const next = new Map<number, bigint>()

  async function receive(
    consumer: Consumer,
    { batch, resolveOffset, heartbeat, isRunning, isStale, pause }: EachBatchPayload,
  ): Promise<void> {
    const { partition } = batch
    for (const chunk of chunksOf(batch.messages)) {
      if (closing.signal.aborted || !isRunning() || isStale()) return
      try {
        if (await intake.isPressed()) return held.add(pause())
        await submitMessages(options, `kafka:${topic}/${partition}`, chunk)
      } catch (error) {
        if (!(error instanceof Retryable)) throw error
        // Unresolved: it is fetched again when the partition goes on.
        options.onTrouble(error)
        return held.add(pause())
      }
      const last = chunk[chunk.length - 1]
      if (last === undefined) continue
      const offset = BigInt(last.offset) + 1n
      next.set(partition, offset)
      resolveOffset(last.offset)
      await consumer.commitOffsets([{ topic, partition, offset: String(offset) }])
      await heartbeat()
    }
  }

  /** Reads until the consumer is lost; answers why, or nothing where it was closed. */
  async function readOn(): Promise<unknown> {
    for (const lost of await findLost(kafka, topic, group)) {
      options.onLost(lost)
      next.delete(lost.partition)
    }
    const consumer = kafka.consumer({
      groupId: group,
      maxBytes: MAX_BYTES,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      sessionTimeout: SESSION_MS,
      rebalanceTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      allowAutoTopicCreation: false,
      // One way back from every fault: a new consumer, made here.
      retry: { ...RETRY, restartOnFailure: () => Promise.resolve(false) },
    })
    let lastSign = clock.now()
    const alive = () => {
      lastSign = clock.now()
    }
    consumer.on(consumer.events.FETCH, alive)
    consumer.on(consumer.events.HEARTBEAT, alive)
    consumer.on(consumer.events.END_BATCH_PROCESS, alive)
    // What is read on with is where we know it to be: a commit may have failed after its rows were durable.
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      const mine = new Set(payload.memberAssignment[topic] ?? [])
      for (const partition of next.keys()) if (!mine.has(partition)) next.delete(partition)
      for (const [partition, offset] of next) consumer.seek({ topic, partition, offset: String(offset) })
    })
    const crashed = new Promise<unknown>((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error))
    })
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => receive(consumer, payload),
      })
      return await Promise.race([crashed, watch(() => lastSign)])
    } catch (error) {
      return error
    } finally {
      held.forget()
      await Promise.race([consumer.disconnect().catch(toldAlready), sleep(CLOSE_MS, undefined, { ref: false })])
    }
  }

  /** Ends when the source is closed, or with an error when the consumer has been silent for too long. */
  async function watch(lastSign: () => number): Promise<unknown> {
    const silenceMs = options.silenceMs ?? SILENCE_MS
    while (await waited(LOOK_MS)) {
      if (clock.now() - lastSign() <= silenceMs) continue
      return new Retryable('log-silent', `the consumer of ${topic} gave no sign for ${silenceMs} ms and is replaced`)
    }
    return undefined
  }

  /** `false` where it was closed meanwhile. */
  function waited(ms: number): Promise<boolean> {
    const { signal } = closing
    return sleep(ms, true, { signal }).catch((error: unknown) => {
      if (signal.aborted) return false
      throw error
    })
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      const error = await readOn().catch((failed: unknown) => failed)
      if (closing.signal.aborted) return
      const told = explain(error, topic)
      options.onTrouble(told)
      await waited(told instanceof Refusal ? REFUSED_LOOK_MS : LOOK_MS)
    }
  }

  const ended = run()
  return {
    async close() {
      closing.abort()
      await ended
    },
  }
}

function explain(error: unknown, topic: string): unknown {
  if (error instanceof Error && error.name === 'KafkaJSNotImplemented') {
    return new Refusal(
      {
        zh: `Kafka 主题 ${topic} 的压缩方式无法读取(${error.message}),请改用 gzip 或不压缩`,
        en: `Kafka's topic ${topic} is compressed in a way that cannot be read here (${error.message}): have it written with gzip or uncompressed`,
      },
      { cause: error },
    )
  }
  return translateKafkaError(error)
}

/** A consumer that is replaced may fail to say goodbye: that is no news. */
function toldAlready(): void {}
