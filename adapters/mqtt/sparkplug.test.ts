import { connectAsync, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Observation } from '../../core/observation.ts'
import { type EdgeNode, startEdgeNode } from '../../test/support/edge-node.ts'
import { fixedClock, NOW, READINGS, readLog, readRejects } from '../../test/support/ingest-fixture.ts'
import { FEED_KEY, type TestIntake, testIntake } from '../../test/support/mqtt-intake.ts'
import { float, SPARKPLUG_FEED } from '../../test/support/sparkplug.ts'
import { until } from '../../test/support/until.ts'
import { type IngestBroker, startIngestBroker } from './ingest-broker.ts'

let test: TestIntake
let broker: IngestBroker
let ignored: string[]
let stops: (() => Promise<unknown>)[]

beforeEach(async () => {
  ignored = []
  test = await testIntake(SPARKPLUG_FEED, READINGS)
  const heard = { onNotTaken: () => undefined, onIgnored: (reason: string) => ignored.push(reason) }
  broker = await startIngestBroker({ ...heard, registry: test.registry, clock: fixedClock, host: '127.0.0.1', port: 0 })
  stops = [broker.close]
})

afterEach(async () => {
  for (const stop of stops.reverse()) await stop()
})

async function edgeNode(): Promise<EdgeNode> {
  const edge = await startEdgeNode({
    url: broker.url,
    username: 'city/sparkplug',
    password: FEED_KEY,
    node: 'gw-1',
    device: 'outlet',
    now: NOW,
    nodeMetrics: [float('load', 0.5, { alias: 1 })],
    deviceMetrics: [float('cod', 38.6, { alias: 7 })],
  })
  stops.push(() => edge.client.endAsync(true))
  return edge
}

async function connected(feed: string): Promise<MqttClient> {
  const options = { username: `city/${feed}`, password: FEED_KEY, reconnectPeriod: 0 }
  const client = await connectAsync(broker.url, options, false)
  stops.push(() => client.endAsync(true))
  return client
}

function observed(wanted: Partial<Observation>): Promise<Observation> {
  const fits = (each: Observation) =>
    Object.entries(wanted).every(
      ([name, value]) => JSON.stringify(each[name as keyof Observation]) === JSON.stringify(value),
    )
  return until(JSON.stringify(wanted), async () => (await readLog(test.log)).observations.find(fits))
}

const contact = (device: string, state: string) => ({
  kind: 'device-state' as const,
  facts: { device, contact: state, quality: state === 'lost' ? 'B' : 'N' },
})

describe('an edge node of Sparkplug B', () => {
  it('is told that the host is there; its births begin contacts and its data come by alias', async () => {
    const edge = await edgeNode()
    await edge.birth()
    await edge.data([{ alias: 7, type: 'Float', value: 40, timestamp: NOW + 1 }])
    await observed(contact('ecology/gw-1', 'begun'))
    await observed(contact('ecology/gw-1/outlet', 'begun'))
    expect(await observed({ value: 40 })).toMatchObject({
      subject: 'sparkplug:ecology/gw-1/outlet',
      kind: 'sensor-reading',
      authority: 'ecology',
      known: NOW + 1,
      facts: { device: 'ecology/gw-1/outlet', metric: 'cod', quality: 'N' },
    })
    await until('the state of the host', () => edge.states[0])
    expect(edge.states.map((text) => JSON.parse(text))).toEqual([{ online: true, timestamp: NOW }])
    expect(edge.commands).toEqual([])
  })

  it('that loses a message is asked for its births, and what it says after them is named again', async () => {
    const edge = await edgeNode()
    await edge.birth()
    await edge.data([{ alias: 7, type: 'Float', value: 41 }], 1)
    expect(await readRejects(test.log)).toMatchObject([{ reason: 'unknown-alias', feed: 'sparkplug' }])
    await until('the command', () => edge.commands[0])
    expect(edge.commands).toEqual(['Node Control/Rebirth'])
    await edge.data([{ alias: 7, type: 'Float', value: 42, timestamp: NOW + 2 }])
    await observed({ value: 42 })
  })

  it('that vanishes has lost contact, and its device too: nothing is measured as zero', async () => {
    const edge = await edgeNode()
    await edge.birth()
    await observed(contact('ecology/gw-1/outlet', 'begun'))
    edge.client.stream.destroy()
    await observed(contact('ecology/gw-1', 'lost'))
    await observed(contact('ecology/gw-1/outlet', 'lost'))
    const readings = (await readLog(test.log)).observations.filter(({ kind }) => kind === 'sensor-reading')
    expect(readings.map(({ value }) => value).sort()).toEqual([0.5, 38.6])
  })

  it('cannot be commanded by whoever holds the key of a feed', async () => {
    const edge = await edgeNode()
    for (const feed of ['sparkplug', 'readings']) {
      const intruder = await connected(feed)
      await intruder.publishAsync('spBv1.0/ecology/NCMD/gw-1', Buffer.from('reboot'), { qos: 1, retain: true })
    }
    await edge.birth()
    await edge.data([float('ph', 7, { timestamp: NOW })])
    await observed({ value: 7 })
    expect(edge.commands).toEqual([])
    expect((await readRejects(test.log)).map(({ reason }) => reason)).toEqual(['wrong-columns', 'wrong-columns'])
  })

  it.each([
    ['sparkplug', 'spBv1.0/ecology/DDATA/gw-1/outlet', 128],
    ['sparkplug', 'spBv1.0/+/NCMD/+', 128],
    ['sparkplug', '#', 128],
    ['sparkplug', 'spBv1.0/ecology/NCMD/gw-1', 0],
    ['sparkplug', 'spBv1.0/ecology/DCMD/gw-1/+', 0],
    ['readings', 'spBv1.0/ecology/NCMD/gw-1', 128],
  ])('%s subscribes to %s and is answered %i', async (feed, topic, code) => {
    const client = await connected(feed)
    const answered = new Promise((resolve) =>
      client.on('packetreceive', (packet) => packet.cmd === 'suback' && resolve(packet.granted)),
    )
    client.subscribe(topic, { qos: 0 })
    expect(await answered).toEqual([code])
  })
})

describe('while the log holds too much', () => {
  it('nothing is acknowledged, and all of it afterwards', async () => {
    test.pressed = true
    const client = await connected('readings')
    const reading = (i: number) => JSON.stringify({ t: NOW + i, v: i, q: 'N' })
    let acknowledged = 0
    const sent = [1, 2, 3].map(async (i) => {
      await client.publishAsync('reg/v1/hongdong/licence-7/dev-1/co', reading(i), { qos: 1 })
      acknowledged++
    })
    // Each connection is answered after what was sent before it has been looked at.
    for (let i = 0; i < 3; i++) await connected('readings')
    expect(acknowledged).toBe(0)
    expect((await readLog(test.log)).observations).toEqual([])
    test.pressed = false
    await Promise.all(sent)
    expect((await readLog(test.log)).observations).toHaveLength(3)
  })

  it('a sender that leaves costs no memory, and one that this side kept waiting has not lost contact', async () => {
    const edge = await edgeNode()
    await edge.birth()
    await observed(contact('ecology/gw-1/outlet', 'begun'))
    test.pressed = true
    // One reading after the other, until one is held.
    let value = 100
    await until('a reading to be held', async () => {
      let isTaken = false
      // The sender of the one that is held never hears of it.
      edge.data([float('ph', ++value, { timestamp: NOW + value })]).then(
        () => {
          isTaken = true
        },
        () => undefined,
      )
      for (let i = 0; i < 3; i++) await connected('readings')
      return !isTaken || undefined
    })
    edge.client.stream.destroy()
    await until('the will', () => ignored[0])
    expect(ignored[0]).toContain('spBv1.0/ecology/NDEATH/gw-1')
    test.pressed = false
    const again = await edgeNode()
    await again.birth()
    await again.data([float('ph', 8, { timestamp: NOW + 1 })])
    await observed({ value: 8 })
    const { observations } = await readLog(test.log)
    expect(observations.filter(({ facts }) => facts.contact === 'lost')).toEqual([])
    expect(observations.filter((each) => each.value === value)).toEqual([])
  })
})
