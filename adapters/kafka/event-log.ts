import { Kafka, type KafkaConfig, logLevel } from 'kafkajs'
import { Refusal } from '../../core/errors.ts'
import { type EventLog, shardCountOf } from '../../core/event-log.ts'
import type { Clock } from '../../core/time.ts'
import { offsetAfter, toMessage, toOffset, toPosition, topicName } from './message.ts'
import { openKafkaReader } from './reader.ts'
import { createSender } from './sender.ts'
import { createTopics } from './topics.ts'

export interface KafkaEventLogOptions {
  readonly brokers: readonly string[]
  readonly clientId?: string
  readonly ssl?: KafkaConfig['ssl']
  readonly sasl?: KafkaConfig['sasl']
  /** Copies of each topic that is created here; 3 in a cluster, 1 on a single broker. */
  readonly replicationFactor: number
  readonly gzip?: boolean
  readonly clock: Clock
  /** A reader without a sign of life for so long is replaced. Milliseconds; 45 000 by default. */
  readonly silenceMs?: number
}

/** kafkajs gives up after about 6 s: whoever called is told and tries again, and knows meanwhile. */
const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 8 }

/** What an entry is taken to weigh before this process wrote any. */
const FIRST_GUESS = 16 * 1024

/**
 * The log on Kafka: a topic for each topic of each realm, the shard is the partition. Topics are created on first use.
 * `heldBytes` is entries held × the mean size of those that this process wrote.
 */
export function createKafkaEventLog(options: KafkaEventLogOptions): EventLog {
  const kafka = new Kafka({
    clientId: options.clientId ?? 'fengsui',
    brokers: [...options.brokers],
    logLevel: logLevel.NOTHING,
    retry: RETRY,
    ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
  })
  const topics = createTopics(kafka, options.replicationFactor)
  const sender = createSender(kafka, options.gzip ?? false)
  const readers = new Set<() => Promise<void>>()
  const written = new Map<string, { entries: number; bytes: number }>()

  return {
    async append(batches) {
      const wanted = new Map(batches.map(({ realm, topic }) => [topicName(realm, topic), { realm, topic }]))
      await Promise.all([...wanted.values()].map(({ realm, topic }) => topics.ensure(realm, topic)))
      const records = batches.map((batch) => {
        if (batch.shard >= shardCountOf(batch.topic)) throw new Error(`${batch.topic} has no shard ${batch.shard}`)
        return { topic: topicName(batch.realm, batch.topic), partition: batch.shard, message: toMessage(batch) }
      })
      const offsets = await sender.send(records)
      for (const { topic, message } of records) {
        const sum = written.get(topic) ?? { entries: 0, bytes: 0 }
        written.set(topic, { entries: sum.entries + 1, bytes: sum.bytes + (message.value?.length ?? 0) })
      }
      return offsets.map(toPosition)
    },

    async reader(wanted) {
      const ends = await topics.ends(wanted.realm, wanted.topic)
      for (const shard of wanted.shards) {
        const after = wanted.after.get(shard)
        const held = ends.get(shard)
        if (after === undefined || held === undefined) continue
        const next = offsetAfter(after)
        if (next >= held.low && next <= held.high) continue
        throw new Refusal(
          `${wanted.topic} shard ${shard} of ${wanted.realm} holds ${held.low} to ${held.high}, not ${next}, where reading was to go on: rebuild from the archive`,
        )
      }
      const reader = await openKafkaReader(kafka, {
        ...wanted,
        topicName: topicName(wanted.realm, wanted.topic),
        partitions: shardCountOf(wanted.topic),
        clock: options.clock,
        silenceMs: options.silenceMs ?? 45_000,
        retry: RETRY,
      })
      const close = async () => {
        readers.delete(close)
        await reader.close()
      }
      readers.add(close)
      return { poll: reader.poll, close }
    },

    async ends(topic, realm) {
      const ends = await topics.ends(realm, topic)
      const filled = [...ends].filter(([, { low, high }]) => high > low)
      return new Map(filled.map(([shard, { high }]) => [shard, toPosition(high - 1n)]))
    },

    async trim(topic, realm, shard, through) {
      await topics.dropBefore(realm, topic, shard, toOffset(through) + 1n)
    },

    async heldBytes(topic, realm) {
      const ends = await topics.ends(realm, topic)
      const entries = [...ends.values()].reduce((sum, { low, high }) => sum + Number(high - low), 0)
      const own = written.get(topicName(realm, topic))
      return Math.round(entries * (own === undefined ? FIRST_GUESS : own.bytes / own.entries))
    },

    async close() {
      await Promise.all([...readers].map((close) => close()))
      await sender.close()
      await topics.close()
    },
  }
}
