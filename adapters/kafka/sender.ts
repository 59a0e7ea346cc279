import { CompressionTypes, type Kafka, type Message, Partitioners, type Producer } from 'kafkajs'
import { translateKafkaError } from './errors.ts'

export interface Outgoing {
  readonly topic: string
  readonly partition: number
  readonly message: Message
}

export interface Sender {
  /** The offset given to each, in their order; durable when it resolves. */
  send(records: readonly Outgoing[]): Promise<bigint[]>
  close(): Promise<void>
}

interface Job {
  readonly offsets: (bigint | undefined)[]
  missing: number
  resolve(offsets: bigint[]): void
  reject(error: unknown): void
}

interface Waiting {
  readonly record: Outgoing
  readonly job: Job
  readonly index: number
}

/** What one request carries at most; a topic takes batches of MAX_MESSAGE_BYTES, so a partition's share always fits. */
const REQUEST_BYTES = 6 * 1024 * 1024

/**
 * One loop sends everything: with sends at the same time an idempotent producer of kafkajs loses its numbering
 * (OUT_OF_ORDER_SEQUENCE_NUMBER), and larger requests are faster anyway.
 */
export function createSender(kafka: Kafka, gzip: boolean): Sender {
  let waiting: Waiting[] = []
  let running: Promise<void> | undefined
  let producer: Promise<Producer> | undefined

  async function connect(): Promise<Producer> {
    const created = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    })
    await created.connect()
    return created
  }

  /** After a failure the numbering is in doubt: the next send starts with a new producer. */
  async function drop(): Promise<void> {
    const old = producer
    producer = undefined
    await old?.then((each) => each.disconnect()).catch(alreadyGone)
  }

  async function sendOnce(batch: readonly Waiting[]): Promise<void> {
    const byTopic = new Map<string, Waiting[]>()
    for (const each of batch) byTopic.set(each.record.topic, [...(byTopic.get(each.record.topic) ?? []), each])
    producer ??= connect()
    const connected = await producer
    const answers = await connected.sendBatch({
      acks: -1,
      compression: gzip ? CompressionTypes.GZIP : CompressionTypes.None,
      topicMessages: [...byTopic].map(([topic, each]) => ({
        topic,
        messages: each.map(({ record }) => record.message),
      })),
    })
    const next = new Map<string, bigint>()
    for (const { topicName, partition, baseOffset } of answers) {
      if (baseOffset !== undefined) next.set(`${topicName}/${partition}`, BigInt(baseOffset))
    }
    for (const { record, job, index } of batch) {
      const key = `${record.topic}/${record.partition}`
      const offset = next.get(key)
      if (offset === undefined) throw new Error(`Kafka did not say where it put a message of ${key}`)
      next.set(key, offset + 1n)
      job.offsets[index] = offset
      job.missing--
    }
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, fitting(waiting))
      waiting = waiting.slice(batch.length)
      try {
        await sendOnce(batch)
        for (const job of new Set(batch.map((each) => each.job))) {
          if (job.missing === 0) job.resolve(job.offsets.filter((each) => each !== undefined))
        }
      } catch (error) {
        await drop()
        const failed = new Set(batch.map((each) => each.job))
        waiting = waiting.filter((each) => !failed.has(each.job))
        for (const job of failed) job.reject(translateKafkaError(error))
      }
    }
  }

  return {
    send(records) {
      if (records.length === 0) return Promise.resolve([])
      return new Promise((resolve, reject) => {
        const job: Job = { offsets: [], missing: records.length, resolve, reject }
        records.forEach((record, index) => {
          waiting.push({ record, job, index })
        })
        running ??= run().finally(() => {
          running = undefined
        })
      })
    },
    async close() {
      await running
      await drop()
    },
  }
}

function fitting(waiting: readonly Waiting[]): number {
  let bytes = 0
  let count = 0
  for (const { record } of waiting) {
    bytes += record.message.value?.length ?? 0
    if (count > 0 && bytes > REQUEST_BYTES) break
    count++
  }
  return count
}

/** A producer that failed is often disconnected already; the failure itself is told to whoever sent. */
function alreadyGone(): void {}
