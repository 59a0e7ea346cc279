import { Kafka, type KafkaConfig, logLevel } from 'kafkajs'
import { Refusal } from '../../core/errors.ts'
import { type EventLog, shardCountOf, type Topic } from '../../core/event-log.ts'
import type { Clock } from '../../core/time.ts'
import { createHeldBytes } from './held-bytes.ts'
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
  /**
   * Bound on `observations` and on `rejects` of each realm, in bytes as far as they can be told: at it, appending to them
   * fails with `log-full` until they are trimmed. None by default.
   */
  readonly maxBytesHeld?: number
  readonly clock: Clock
  /** A reader without a sign of life for so long is replaced. Milliseconds; 45 000 by default. */
  readonly silenceMs?: number
}

/** kafkajs gives up after about 6 s: whoever called is told and tries again, and knows meanwhile. */
const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 8 }

/**
 * The log on Kafka: a topic for each topic of each realm, the shard is the partition. Topics are created on first use.
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
  const held = createHeldBytes(entriesOf, options.maxBytesHeld ?? Number.POSITIVE_INFINITY)

  async function entriesOf(topic: Topic, realm: string): Promise<number> {
    const ends = await topics.ends(realm, topic)
    return [...ends.values()].reduce((sum, { low, high }) => sum + Number(high - low), 0)
  }

  return {
    async append(batches) {
      const wanted = new Map(batches.map(({ realm, topic }) => [topicName(realm, topic), { realm, topic }]))
      await Promise.all([...wanted.values()].map(({ realm, topic }) => topics.ensure(realm, topic)))
      const records = batches.map((batch) => {
        if (batch.shard >= shardCountOf(batch.topic)) throw new Error(`${batch.topic} has no shard ${batch.shard}`)
        return { topic: topicName(batch.realm, batch.topic), partition: batch.shard, message: toMessage(batch) }
      })
      await held.admit(batches)
      const offsets = await sender.send(records)
      for (const { topic, message } of records) held.wrote(topic, message.value?.length ?? 0)
      return offsets.map(toPosition)
    },

    async reader(wanted) {
      const ends = await topics.ends(wanted.realm, wanted.topic)
      for (const shard of wanted.shards) {
        const after = wanted.after.get(shard)
        const there = ends.get(shard)
        if (after === undefined || there === undefined) continue
        const next = offsetAfter(after)
        if (next >= there.low && next <= there.high) continue
        throw new Refusal({
          zh: `${wanted.realm} 的 ${wanted.topic} 分片 ${shard} 存有 ${there.low} 至 ${there.high},没有应续读的 ${next},请从归档重建`,
          en: `${wanted.topic} shard ${shard} of ${wanted.realm} holds ${there.low} to ${there.high}, not ${next}, where reading was to go on: rebuild from the archive`,
        })
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
      held.dropped(topic, realm)
    },

    heldBytes: held.of,

    async close() {
      await Promise.all([...readers].map((close) => close()))
      await sender.close()
      await topics.close()
    },
  }
}
