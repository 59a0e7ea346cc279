import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Refusal, Rejected } from '../../core/errors.ts'
import type { EventLog, LogBatch, LogReader, OutgoingBatch } from '../../core/event-log.ts'
import { type KafkaProcess, kafkaAvailability, startKafka } from '../../test/support/kafka.ts'
import { createKafkaEventLog } from './event-log.ts'

const SILENCE_MS = 60_000
const unavailable = kafkaAvailability()
const name = 'the log on Kafka beyond what every log promises'

describe.skipIf(unavailable !== undefined)(
  unavailable === undefined ? name : `${name} (skipped: ${unavailable})`,
  { timeout: 60_000 },
  () => {
    let kafka: KafkaProcess
    let log: EventLog
    let now = 0
    const clock = { now: () => now }

    beforeAll(async () => {
      kafka = await startKafka()
      log = createKafkaEventLog({ brokers: kafka.brokers, replicationFactor: 1, clock, silenceMs: SILENCE_MS })
    }, 60_000)

    afterAll(async () => {
      await log?.close()
      await kafka?.stop()
    }, 60_000)

    function reader(realm: string, maxBytes = 1_000_000, after = new Map<number, string>()): Promise<LogReader> {
      return log.reader({ topic: 'decisions', realm, shards: [0], after, maxBytes })
    }

    test('a reader that was overtaken by trimming stops, it does not start over from what is left', async () => {
      const positions: string[] = []
      for (const each of ['a', 'b', 'c', 'd', 'e', 'f'])
        positions.push(...(await log.append([large('overtaken', each)])))
      // It holds one batch, the next waits at its door; the third is still with Kafka.
      const slow = await reader('overtaken', 1_000)
      expect((await take(slow, 1)).map(initial)).toEqual(['a'])
      await log.trim('decisions', 'overtaken', 0, positions[4] ?? '')
      const seen: string[] = []
      const readOn = async () => {
        for (let polls = 0; polls < 20; polls++) seen.push(...(await slow.poll(1_000)).map(initial))
      }
      await expect(readOn()).rejects.toBeInstanceOf(Refusal)
      expect(seen).not.toContain('f')
      expect(['b', 'c', 'd', 'e'].slice(0, seen.length)).toEqual(seen)
      await expect(slow.poll(0)).rejects.toBeInstanceOf(Refusal)
      await slow.close()
    })

    test('a position that Kafka never gave out is refused', async () => {
      const [position = ''] = await log.append([line('replaced', 'a')])
      const beyond = String(BigInt(position) + 7n).padStart(20, '0')
      await expect(reader('replaced', 1_000, new Map([[0, beyond]]))).rejects.toBeInstanceOf(Refusal)
    })

    test('a consumer that gives no sign of life is replaced, and nothing is lost or told twice', async () => {
      await log.append([line('silent', 'a')])
      const watched = await reader('silent')
      expect((await take(watched, 1)).map(initial)).toEqual(['a'])
      now += SILENCE_MS + 1
      await expect(watched.poll(0)).rejects.toMatchObject({ name: 'Retryable', code: 'log-silent' })
      await log.append([line('silent', 'b')])
      expect((await take(watched, 1)).map(initial)).toEqual(['b'])
      await watched.close()
    })

    test('a slow reader gets everything, in order, with little held', async () => {
      const names = Array.from({ length: 200 }, (_, i) => String(i))
      await log.append(names.map((each) => line('slow', each.padEnd(500, ' '))))
      const slow = await reader('slow', 2_000)
      const seen: string[] = []
      while (seen.length < names.length) {
        const batches = await slow.poll(1_000)
        expect(batches.length).toBeLessThanOrEqual(4)
        seen.push(...batches.map((batch) => text(batch).trim()))
      }
      expect(seen).toEqual(names)
      await slow.close()
    })

    test('appends made at the same time are each told their own positions, in order', async () => {
      const names = Array.from({ length: 100 }, (_, i) => String(i))
      const told = await Promise.all(names.map((each) => log.append([line('many', each), line('many', `${each}'`)])))
      const one = await reader('many')
      const batches = await take(one, 200)
      expect(batches.map(text)).toEqual(names.flatMap((each) => [each, `${each}'`]))
      expect(batches.map((batch) => batch.position)).toEqual(told.flat())
      await one.close()
    })

    test('compressed batches read the same', async () => {
      const packed = createKafkaEventLog({ brokers: kafka.brokers, replicationFactor: 1, clock, gzip: true })
      await packed.append([line('gzip', '许可'.repeat(1_000))])
      const one = await reader('gzip')
      expect((await take(one, 1)).map(text)).toEqual(['许可'.repeat(1_000)])
      await one.close()
      await packed.close()
    })

    test('a batch larger than Kafka takes is rejected, and the next one is not held up', async () => {
      const huge = { ...line('huge', ''), bytes: new Uint8Array(11 * 1024 * 1024) }
      await expect(log.append([huge])).rejects.toBeInstanceOf(Rejected)
      await log.append([line('huge', 'a')])
    })

    test('at its bound what the world fills is refused until it is trimmed, and what drains it is not', async () => {
      const bound = 10_000
      const bounded = createKafkaEventLog({ brokers: kafka.brokers, replicationFactor: 1, clock, maxBytesHeld: bound })
      const from = (realm: string): OutgoingBatch => ({ ...line(realm, 'x'.repeat(1_000)), topic: 'observations' })
      const positions: string[] = []
      const full = async () => {
        for (;;) positions.push(...(await bounded.append([from('full')])))
      }
      await expect(full()).rejects.toMatchObject({ name: 'Retryable', code: 'log-full' })
      expect(positions).toHaveLength(bound / 1_000)
      await bounded.append([line('full', 'a decision')])
      await bounded.append([from('another')])
      // What other processes wrote counts, too.
      const later = createKafkaEventLog({ brokers: kafka.brokers, replicationFactor: 1, clock, maxBytesHeld: bound })
      await expect(later.append([from('full')])).rejects.toMatchObject({ code: 'log-full' })
      await log.trim('observations', 'full', 0, positions[4] ?? '')
      await bounded.append([from('full')])
      await later.append([from('full')])
      await Promise.all([bounded.close(), later.close()])
    })

    test('a topic with another number of partitions is refused', async () => {
      const admin = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING }).admin()
      await admin.connect()
      await admin.createTopics({
        topics: [{ topic: 'fengsui.foreign.observations', numPartitions: 3 }],
        waitForLeaders: false,
      })
      await admin.disconnect()
      await expect(log.append([{ ...line('foreign', 'a'), topic: 'observations' }])).rejects.toThrow('has 3 partitions')
    })

    test('a replication factor above the number of brokers is a matter for a person', async () => {
      const wide = createKafkaEventLog({ brokers: kafka.brokers, replicationFactor: 3, clock })
      await expect(wide.append([line('wide', 'a')])).rejects.toBeInstanceOf(Refusal)
      await wide.close()
    })
  },
)

function line(realm: string, content: string): OutgoingBatch {
  return { topic: 'decisions', realm, shard: 0, count: 1, bytes: Buffer.from(content), progress: [], bulk: false }
}

/** More than one fetch takes of a partition. */
function large(realm: string, first: string): OutgoingBatch {
  return { ...line(realm, ''), bytes: Buffer.alloc(1_500_000, first) }
}

function text(batch: LogBatch): string {
  return Buffer.from(batch.bytes).toString('utf8')
}

function initial(batch: LogBatch): string {
  return text(batch).slice(0, 1)
}

async function take(reader: LogReader, count: number): Promise<LogBatch[]> {
  const batches: LogBatch[] = []
  while (batches.length < count) batches.push(...(await reader.poll(1_000)))
  return batches
}
