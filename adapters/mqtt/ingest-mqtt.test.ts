import { once } from 'node:events'
import { createServer } from 'node:net'
import { Aedes } from 'aedes'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Retryable } from '../../core/errors.ts'
import type { EventLog, OutgoingBatch } from '../../core/event-log.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import type { RealmIntake } from '../../ingest/intake-port.ts'
import { openRealmIntake } from '../../ingest/realm-intake.ts'
import { compiled, fixedClock, READINGS, readLog, readRejects, testSealer } from '../../test/support/ingest-fixture.ts'
import { createMemoryEventLog } from '../memory/event-log.ts'
import { createMemoryRecordIndex } from '../memory/record-index.ts'
import { type IngestBroker, startIngestBroker } from './ingest-broker.ts'
import { startIngestClient } from './ingest-client.ts'

const TOPIC = 'reg/v1/hongdong/licence-7/dev-1/co'
const T = Date.UTC(2026, 10, 22, 3)

let log: EventLog
let intake: RealmIntake
let beforeAppend: () => Promise<void>
let stops: (() => Promise<unknown>)[]

beforeEach(async () => {
  stops = []
  log = createMemoryEventLog()
  beforeAppend = async () => {}
  const index = createMemoryRecordIndex({
    async append(batches: readonly OutgoingBatch[]) {
      await beforeAppend()
      return log.append(batches)
    },
  })
  const shared = { realm: 'city', feeds: ['readings'], live: { graceMs: 0, idleAfterMs: 60_000 } }
  intake = await openRealmIntake({ ...shared, index, log, heldBound: 1e8, clock: fixedClock, sealer: testSealer() })
})

afterEach(async () => {
  for (const stop of stops.reverse()) await stop()
})

const reading = (i: number) => JSON.stringify({ t: T + i * 1_000, v: i / 10, q: 'N' })

describe('the broker of the front door', () => {
  let broker: IngestBroker
  let failures: unknown[]

  beforeEach(async () => {
    failures = []
    const library: FeedPolicy = { ...READINGS, feed: 'library', format: 'gat1400' }
    const feeds = new Map(
      [READINGS, library].map((policy) => [policy.feed, { compiled: compiled(policy, 'live'), key: 'secret' }]),
    )
    const registry = new Map([['city', { clock: 'live' as const, intake, feeds }]])
    const heard = { onNotTaken: (error: unknown) => failures.push(error), onIgnored: () => undefined }
    broker = await startIngestBroker({ registry, clock: fixedClock, host: '127.0.0.1', port: 0, ...heard })
    stops.push(broker.close)
  })

  async function connected(username = 'city/readings', password = 'secret'): Promise<MqttClient> {
    const client = await connectAsync(broker.url, { username, password, reconnectPeriod: 20 }, false)
    stops.push(() => client.endAsync(true))
    return client
  }

  it('makes readings out of topic and payload', async () => {
    await (await connected()).publishAsync(TOPIC, reading(5), { qos: 1 })
    const { observations } = await readLog(log)
    expect(observations).toMatchObject([
      {
        subject: 'licence:licence-7',
        district: 'hongdong',
        known: T + 5_000,
        value: 0.5,
        facts: { metric: 'co', quality: 'N' },
      },
    ])
  })

  it('acknowledges nothing before it is durable', async () => {
    let release = () => {}
    const waiting = new Promise<void>((resolve) => {
      beforeAppend = () => {
        resolve()
        return new Promise((done) => {
          release = done
        })
      }
    })
    let acknowledged = false
    const published = (await connected()).publishAsync(TOPIC, reading(1), { qos: 1 }).then(() => {
      acknowledged = true
    })
    await waiting
    // Goes to the broker and back on the same connection's loop: an acknowledgement would have come before.
    await connected()
    expect(acknowledged).toBe(false)
    release()
    await published
    expect((await readLog(log)).observations).toHaveLength(1)
  })

  it('loses nothing that it acknowledged, and takes again what it did not, while the log fails now and then', async () => {
    let calls = 0
    beforeAppend = async () => {
      // The first fails, too: however few appends the messages come together in, there is a failure.
      if (calls++ % 3 === 0) throw new Retryable('log-unreachable', 'down')
    }
    const client = await connected()
    await Promise.all(Array.from({ length: 200 }, (_, i) => client.publishAsync(TOPIC, reading(i), { qos: 1 })))
    const { observations } = await readLog(log)
    expect(new Set(observations.map(({ known }) => known)).size).toBe(200)
    expect(observations).toHaveLength(200)
    expect(failures.length).toBeGreaterThan(0)
  })

  it.each([
    ['a payload that is no JSON', TOPIC, 'hello', 'unreadable-line'],
    ['an empty payload', TOPIC, '', 'unreadable-line'],
    ['a topic of another shape', 'sensors/1', reading(1), 'wrong-columns'],
    ['a payload without a value', TOPIC, '{"t":1}', 'wrong-columns'],
    ['a value that is no number', TOPIC, `{"t":${T},"v":"high"}`, 'bad-number'],
  ])(
    'keeps %s as a reject and acknowledges it, as sending it again would not help',
    async (_, topic, payload, reason) => {
      const client = await connected()
      await client.publishAsync(topic, payload, { qos: 1 })
      expect(await readRejects(log)).toMatchObject([{ reason, source: `mqtt:${topic}` }])
      await client.publishAsync(TOPIC, reading(1), { qos: 1 })
      expect((await readLog(log)).observations).toHaveLength(1)
    },
  )

  it.each([
    ['a wrong key', 'city/readings', 'guess'],
    ['an unknown feed', 'city/nothing', 'secret'],
    ['no name', '', ''],
    ['a feed that has a door of its own', 'city/library', 'secret'],
  ])('lets nobody in with %s', async (_, username, password) => {
    await expect(connected(username, password)).rejects.toThrow(/not authorized/i)
  })
})

describe('the client of another broker', () => {
  let broker: Aedes
  let gateway: MqttClient
  let errors: unknown[]

  beforeEach(async () => {
    errors = []
    broker = await Aedes.createBroker()
    const server = createServer((socket) => broker.handle(socket)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    stops.push(() => new Promise((resolve) => broker.close(() => server.close(resolve))))
    const address = server.address()
    const url = `mqtt://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const client = await startIngestClient({
      url,
      clientId: 'fengsui-readings',
      topics: ['reg/v1/#'],
      feed: compiled(READINGS, 'live'),
      intake,
      clock: fixedClock,
      onError: (error) => errors.push(error),
      onIgnored: () => undefined,
    })
    stops.push(client.close)
    gateway = await connectAsync(url)
    stops.push(() => gateway.endAsync(true))
  })

  const publish = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, i) => gateway.publishAsync(TOPIC, reading(i + 1), { qos: 1 })))
  const observed = (count: number) =>
    expect.poll(async () => (await readLog(log)).observations.length, { timeout: 10_000 }).toBe(count)

  it('acknowledges to it what is durable, and gets the rest again', async () => {
    let calls = 0
    beforeAppend = async () => {
      if (calls++ === 0) throw new Retryable('log-unreachable', 'down')
    }
    await publish(4)
    await observed(4)
    expect(errors).toHaveLength(1)
  })

  it('makes durable together what comes together, and acknowledges none of it before', async () => {
    let appends = 0
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    beforeAppend = async () => {
      appends++
      await held
    }
    const acknowledged: number[] = []
    broker.on('ack', (packet) => packet !== undefined && acknowledged.push(packet.messageId ?? 0))
    await publish(300)
    // What goes to the broker and back comes after any acknowledgement that had been sent.
    await connectAndLeave()
    expect(acknowledged).toEqual([])
    release()
    await observed(300)
    await expect.poll(() => acknowledged.length, { timeout: 10_000 }).toBe(300)
    expect(appends).toBeLessThan(30)
    expect(errors).toEqual([])
  })

  async function connectAndLeave(): Promise<void> {
    const { host = '127.0.0.1', port = 0 } = gateway.options
    const other = await connectAsync(`mqtt://${host}:${port}`)
    await other.endAsync()
  }
})
