import { type Admin, Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Retryable } from '../../core/errors.ts'
import { compiled, NOW, READINGS, readLog, readRejects } from '../../test/support/ingest-fixture.ts'
import { type KafkaProcess, startKafka } from '../../test/support/kafka.ts'
import { kcatMissing, kcatProduce } from '../../test/support/kcat.ts'
import { type TestIntake, testIntake } from '../../test/support/mqtt-intake.ts'
import { until } from '../../test/support/until.ts'
import { systemClock } from '../system-clock.ts'
import { type KafkaSource, startKafkaSource } from './source.ts'
import type { LostRange } from './source-lost.ts'

const missing = kcatMissing()
const name = "another system's topic, filled by kcat"

describe.skipIf(missing !== undefined)(missing === undefined ? name : `${name} (skipped: ${missing})`, () => {
  let kafka: KafkaProcess
  let admin: Admin
  let topic: string
  let test: TestIntake
  let source: KafkaSource | undefined
  let troubles: unknown[]
  let losses: LostRange[]
  let topics = 0

  beforeAll(async () => {
    kafka = await startKafka()
    admin = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
  }, 60_000)

  afterAll(async () => {
    await admin?.disconnect()
    await kafka?.stop()
  }, 60_000)

  beforeEach(async () => {
    topic = `gov.readings.${++topics}`
    await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: false })
    test = await testIntake(READINGS)
    troubles = []
    losses = []
  })

  afterEach(async () => {
    await source?.close()
    source = undefined
  })

  function start(): void {
    source = startKafkaSource({
      brokers: kafka.brokers,
      topic,
      group: `fengsui.${topic}`,
      feed: compiled(READINGS, 'live'),
      intake: test.intake,
      clock: systemClock,
      onTrouble: (error) => troubles.push(error),
      onLost: (lost) => losses.push(lost),
    })
  }

  const reading = (i: number) =>
    JSON.stringify({
      region: 'hongdong',
      subject: `licence-${i % 7}`,
      device: 'd',
      metric: 'co',
      t: NOW - i,
      v: i,
      q: 'N',
    })
  const readings = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => reading(from + i))

  async function values(): Promise<number[]> {
    return (await readLog(test.log)).observations
      .map(({ value }) => value ?? Number.NaN)
      .sort((left, right) => left - right)
  }

  const untilRead = (count: number) =>
    until(`${count} readings`, async () => (await values()).length >= count || undefined)

  /** Messages that the group has behind it. */
  async function committed(): Promise<number> {
    const [read] = await admin.fetchOffsets({ groupId: `fengsui.${topic}`, topics: [topic] })
    return (read?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0)
  }

  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

  it('comes in whole; a message that cannot be read is a reject with its place, and its neighbours go on', async () => {
    start()
    await kcatProduce(kafka.brokers, topic, readings(0, 2_000))
    await kcatProduce(kafka.brokers, topic, ['{"broken', reading(2_000)], ['-p', '1'])
    await untilRead(2_001)
    expect(await values()).toEqual(numbers(2_001))
    const [reject, ...others] = await readRejects(test.log)
    expect(others).toEqual([])
    expect(reject).toMatchObject({ reason: 'unreadable-line', line: 1 })
    expect(reject?.source).toMatch(new RegExp(`^kafka:${topic}/1@\\d+$`))
    await until('the commits', async () => (await committed()) === 2_002 || undefined)
  })

  it('goes on where it was, after a restart: nothing is left out and nothing comes again', async () => {
    start()
    await kcatProduce(kafka.brokers, topic, readings(0, 300))
    await untilRead(300)
    await source?.close()
    await kcatProduce(kafka.brokers, topic, readings(300, 500))
    const again = await testIntake(READINGS)
    const before = test
    test = again
    start()
    await untilRead(200)
    expect(await values()).toEqual(numbers(500).slice(300))
    test = before
  })

  it('commits nothing that the log has not taken, and brings it again', async () => {
    let fails = true
    test.beforeAppend = async () => {
      if (fails) throw new Retryable('log-unreachable', 'down')
    }
    await kcatProduce(kafka.brokers, topic, readings(0, 100))
    start()
    await until('the failure to be told', () => troubles[0])
    expect(await committed()).toBe(0)
    fails = false
    await untilRead(100)
    expect(await values()).toEqual(numbers(100))
  })

  it('waits while the log holds too much', async () => {
    test.pressed = true
    await kcatProduce(kafka.brokers, topic, readings(0, 100))
    start()
    // The group is there, and has been given its partitions.
    await until('the member', async () => {
      const [group] = (await admin.describeGroups([`fengsui.${topic}`])).groups
      return group?.state === 'Stable' || undefined
    })
    expect(await values()).toEqual([])
    expect(await committed()).toBe(0)
    test.pressed = false
    await untilRead(100)
    expect(troubles).toEqual([])
  })

  it('says what Kafka dropped before it was read, and goes on with what is left', async () => {
    start()
    await kcatProduce(kafka.brokers, topic, readings(0, 10), ['-p', '0'])
    await until('the commits', async () => (await committed()) === 10 || undefined)
    await source?.close()
    await kcatProduce(kafka.brokers, topic, readings(10, 20), ['-p', '0'])
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '15' }] })
    start()
    await untilRead(15)
    expect(losses).toEqual([{ partition: 0, from: 10n, to: 15n }])
    expect(await values()).toEqual(numbers(20).filter((i) => i < 10 || i >= 15))
  })

  it('says what to change where a topic is compressed in a way that it cannot read', async () => {
    await kcatProduce(kafka.brokers, topic, readings(0, 10), ['-z', 'lz4'])
    start()
    expect(await until('the trouble', () => troubles[0])).toMatchObject({
      name: 'Refusal',
      message: expect.stringContaining('gzip'),
    })
    expect(await committed()).toBe(0)
  })

  it('outlives its broker', async () => {
    start()
    await kcatProduce(kafka.brokers, topic, readings(0, 50))
    await untilRead(50)
    await kafka.crash()
    await kcatProduce(kafka.brokers, topic, readings(50, 100))
    await untilRead(100)
    expect(await values()).toEqual(numbers(100))
  })
})
