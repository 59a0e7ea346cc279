import type { Admin, Kafka } from 'kafkajs'
import { Refusal } from '../../core/errors.ts'
import { shardCountOf, type Topic } from '../../core/event-log.ts'
import { translateKafkaError } from './errors.ts'
import { topicName } from './message.ts'
import { patiently } from './patience.ts'

/** The largest batch that a topic takes: batches of the log are cut far below it. */
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024

export interface PartitionEnds {
  /** Offset of the first entry held. */
  readonly low: bigint
  /** Offset that the next entry will get. */
  readonly high: bigint
}

export interface Topics {
  /** Creates the topic where it is missing. Error: `Refusal` where it has another number of partitions. */
  ensure(realm: string, topic: Topic): Promise<string>
  ends(realm: string, topic: Topic): Promise<ReadonlyMap<number, PartitionEnds>>
  /** Drops the entries before `offset`. */
  dropBefore(realm: string, topic: Topic, shard: number, offset: bigint): Promise<void>
  close(): Promise<void>
}

export function createTopics(kafka: Kafka, replicationFactor: number): Topics {
  let admin: Promise<Admin> | undefined
  let turn: Promise<void> = Promise.resolve()
  const ensured = new Map<string, Promise<string>>()

  async function connect(): Promise<Admin> {
    const created = kafka.admin()
    await created.connect()
    return created
  }

  async function drop(): Promise<void> {
    const old = admin
    admin = undefined
    await old?.then((each) => each.disconnect()).catch(alreadyGone)
  }

  /** One call at a time: a failure replaces the connection, under whoever else used it. */
  function use<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const result = turn.then(async () => {
      try {
        admin ??= connect()
        return await work(await admin)
      } catch (error) {
        await drop()
        throw translateKafkaError(error)
      }
    })
    turn = result.then(done, done)
    return result
  }

  function offsets(name: string): Promise<{ partition: number; low: string; high: string }[]> {
    return patiently(() => use((connected) => connected.fetchTopicOffsets(name)))
  }

  async function create(realm: string, topic: Topic): Promise<string> {
    const name = topicName(realm, topic)
    const partitions = shardCountOf(topic)
    await use(async (connected) => {
      // Retention is ours (`trim`): Kafka would drop, after its 7 days, what is not archived yet.
      const configEntries = [
        { name: 'retention.ms', value: '-1' },
        { name: 'retention.bytes', value: '-1' },
        { name: 'cleanup.policy', value: 'delete' },
        { name: 'max.message.bytes', value: String(MAX_MESSAGE_BYTES) },
        { name: 'min.insync.replicas', value: String(Math.max(1, replicationFactor - 1)) },
      ]
      const wanted = { topic: name, numPartitions: partitions, replicationFactor, configEntries }
      if (!(await connected.listTopics()).includes(name)) {
        // `waitForLeaders` fails on a topic that the brokers have not heard of yet, which in KRaft is each new one.
        await connected.createTopics({ topics: [wanted], waitForLeaders: false })
      }
    })
    const existing = (await offsets(name)).length
    if (existing !== partitions) {
      throw new Refusal({
        zh: `Kafka 主题 ${name} 有 ${existing} 个分区,应为 ${partitions} 个,请删除该主题或换一个数据域`,
        en: `Kafka's topic ${name} has ${existing} partitions; it must have ${partitions}: delete it or name another realm`,
      })
    }
    return name
  }

  function ensure(realm: string, topic: Topic): Promise<string> {
    const key = topicName(realm, topic)
    const known = ensured.get(key)
    if (known !== undefined) return known
    const created = create(realm, topic)
    ensured.set(key, created)
    created.catch(() => ensured.delete(key))
    return created
  }

  return {
    ensure,

    async ends(realm, topic) {
      const name = await ensure(realm, topic)
      const found = await offsets(name)
      return new Map(found.map(({ partition, low, high }) => [partition, { low: BigInt(low), high: BigInt(high) }]))
    },

    async dropBefore(realm, topic, shard, offset) {
      const name = await ensure(realm, topic)
      const dropRecords = (connected: Admin) =>
        connected.deleteTopicRecords({ topic: name, partitions: [{ partition: shard, offset: String(offset) }] })
      await patiently(() =>
        use(async (connected) => {
          // kafkajs deletes records only of topics whose metadata it has already seen.
          await connected.fetchTopicOffsets(name)
          await dropRecords(connected)
        }),
      )
    },

    async close() {
      await turn
      await drop()
    },
  }
}

/** Where the connection failed there is nothing left to disconnect; the failure itself was told to the caller. */
function alreadyGone(): void {}

/** Whether a call failed is told to its caller; the next one has its turn either way. */
function done(): void {}
