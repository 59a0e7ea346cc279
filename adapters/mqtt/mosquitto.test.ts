import { type ConnectionOptions, connect } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Retryable } from '../../core/errors.ts'
import { makeAuthority } from '../../test/support/certificates.ts'
import { startEdgeNode } from '../../test/support/edge-node.ts'
import { compiled, fixedClock, NOW, READINGS, readLog } from '../../test/support/ingest-fixture.ts'
import { mosquittoMissing, mosquittoPub, type Publication, startMosquitto } from '../../test/support/mosquitto.ts'
import { FEED_KEY, type TestIntake, testIntake } from '../../test/support/mqtt-intake.ts'
import { float, SPARKPLUG_FEED } from '../../test/support/sparkplug.ts'
import { until } from '../../test/support/until.ts'
import { startIngestBroker } from './ingest-broker.ts'
import { startIngestClient } from './ingest-client.ts'
import { SPARKPLUG_TOPICS } from './sparkplug-topics.ts'

const TOPIC = 'reg/v1/hongdong/licence-7/dev-1/co'
const missing = mosquittoMissing()
const named = (name: string) => (missing === undefined ? name : `${name} (skipped: ${missing})`)

let test: TestIntake
let stops: (() => Promise<unknown>)[]

beforeEach(async () => {
  stops = []
  test = await testIntake(READINGS, SPARKPLUG_FEED)
})

afterEach(async () => {
  for (const stop of stops.reverse()) await stop()
})

const readings = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => JSON.stringify({ t: NOW - from - i, v: from + i, q: 'N' }))

async function valuesIn(): Promise<number[]> {
  const { observations } = await readLog(test.log)
  return observations.map(({ value }) => value ?? Number.NaN).sort((left, right) => left - right)
}

/** Resolves when the door ends the connection, though nothing has been said on it yet. */
async function letGo(url: string, options: ConnectionOptions): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), ...options }).resume()
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('close', resolve))
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

describe.skipIf(missing !== undefined)(named("Mosquitto's client at the embedded broker"), () => {
  let url: string

  beforeEach(async () => {
    const heard = { onNotTaken: () => undefined, onIgnored: () => undefined }
    const broker = await startIngestBroker({
      ...heard,
      registry: test.registry,
      clock: fixedClock,
      host: '127.0.0.1',
      port: 0,
    })
    stops.push(broker.close)
    url = broker.url
  })

  const feed = { topic: TOPIC, username: 'city/readings', password: FEED_KEY }

  it.each([1, 2] as const)('brings in every one of many messages at QoS %i', async (qos) => {
    expect(await mosquittoPub({ ...feed, url, qos }, readings(0, 1_500))).toEqual({ code: 0, complained: '' })
    expect(await valuesIn()).toEqual(numbers(1_500))
  })

  it('is sent away with a wrong key', async () => {
    const told = await mosquittoPub({ ...feed, url, qos: 1, password: 'guess' }, readings(0, 1))
    expect(told.code).not.toBe(0)
    expect(told.complained).toMatch(/not authori[sz]ed/i)
    expect(await valuesIn()).toEqual([])
  })
})

describe.skipIf(missing !== undefined)(named("Mosquitto's client over TLS"), () => {
  it('brings what its certificate or its key is good for, and nothing else', async () => {
    const [ours, theirs] = await Promise.all([makeAuthority('Fengsui'), makeAuthority('Somebody')])
    const [door, gateway, other, foreign] = await Promise.all([
      ours.server(),
      ours.client('gateways'),
      ours.client('nobody-yet'),
      theirs.client('gateways'),
    ])
    const broker = await startIngestBroker({
      registry: test.registry,
      clock: fixedClock,
      host: '127.0.0.1',
      port: 0,
      tls: {
        ...door,
        port: 0,
        clientAuthority: ours.certificate,
        certified: new Map([['gateways', new Set(['city/readings'])]]),
      },
      onNotTaken: () => undefined,
      onIgnored: () => undefined,
    })
    stops.push(broker.close)
    const { url, tlsUrl = '' } = broker
    const feed = { topic: TOPIC, username: 'city/readings', qos: 1 } as const
    const authority = ours.certificate
    const send = async (number: number, over: Partial<Publication>) => {
      const { code } = await mosquittoPub({ ...feed, url: tlsUrl, ...over }, readings(number, number + 1))
      return code === 0
    }
    expect(await send(0, { tls: { authority, proof: gateway } })).toBe(true)
    expect(await send(1, { tls: { authority, proof: other } })).toBe(false)
    expect(await send(2, { tls: { authority, proof: other }, password: FEED_KEY })).toBe(true)
    expect(await send(3, { tls: { authority, proof: gateway }, username: 'city/sparkplug' })).toBe(false)
    // The address in the clear knows keys alone.
    expect(await send(4, { url })).toBe(false)
    expect(await send(5, { url, password: FEED_KEY })).toBe(true)
    expect(await valuesIn()).toEqual([0, 2, 5])
    // MQTT clients would connect for ever: in TLS 1.3 the refusal comes when they believe to be connected.
    const shown = { cert: foreign.certificate, key: foreign.key }
    await letGo(tlsUrl, { ca: authority, ...shown })
    await letGo(tlsUrl, { ca: authority })
  })
})

describe.skipIf(missing !== undefined)(named('a real Mosquitto as the broker of the site'), () => {
  let url: string

  beforeEach(async () => {
    const broker = await startMosquitto()
    stops.push(broker.stop)
    url = broker.url
  })

  const common = (errors: unknown[] = []) => ({
    url,
    intake: test.intake,
    clock: fixedClock,
    onError: (error: unknown) => errors.push(error),
    onIgnored: () => undefined,
  })

  it('gives again what was not acknowledged, and keeps what comes while nobody is there', async () => {
    const subscription = { clientId: 'fengsui-readings', topics: ['reg/v1/#'], feed: compiled(READINGS, 'live') }
    const errors: unknown[] = []
    let appends = 0
    test.beforeAppend = async () => {
      if (appends++ === 1) throw new Retryable('log-unreachable', 'down')
    }
    const first = await startIngestClient({ ...common(errors), ...subscription })
    await mosquittoPub({ url, topic: TOPIC, qos: 1 }, readings(0, 100))
    await until('the first hundred', async () => (await valuesIn()).length === 100 || undefined)
    expect(errors).toHaveLength(1)
    await first.close()
    await mosquittoPub({ url, topic: TOPIC, qos: 1 }, readings(100, 200))
    const second = await startIngestClient({ ...common(), ...subscription })
    stops.push(second.close)
    await until('the second hundred', async () => (await valuesIn()).length === 200 || undefined)
    expect(await valuesIn()).toEqual(numbers(200))
  })

  it('is spoken to over TLS, with a certificate of its authority', async () => {
    const ours = await makeAuthority('Site')
    const [door, host, gateway] = await Promise.all([ours.server(), ours.client('fengsui'), ours.client('gateway')])
    const broker = await startMosquitto({ door, clientAuthority: ours.certificate })
    stops.push(broker.stop)
    const tls = { authority: ours.certificate, proof: host }
    const subscription = { clientId: 'fengsui-tls', topics: ['reg/v1/#'], feed: compiled(READINGS, 'live') }
    const client = await startIngestClient({ ...common(), ...subscription, url: broker.url, tls })
    stops.push(client.close)
    const sent = {
      url: broker.url,
      topic: TOPIC,
      qos: 1,
      tls: { authority: ours.certificate, proof: gateway },
    } as const
    expect(await mosquittoPub(sent, readings(0, 10))).toMatchObject({ code: 0 })
    await until('the readings', async () => (await valuesIn()).length === 10 || undefined)
  })

  it('is not believed where another authority has signed its certificate', async () => {
    const [ours, theirs] = await Promise.all([makeAuthority('Site'), makeAuthority('Somebody')])
    const [door, host] = await Promise.all([theirs.server(), ours.client('fengsui')])
    const broker = await startMosquitto({ door, clientAuthority: ours.certificate })
    stops.push(broker.stop)
    const subscription = { clientId: 'fengsui-tls', topics: ['reg/v1/#'], feed: compiled(READINGS, 'live') }
    const tls = { authority: ours.certificate, proof: host }
    const started = startIngestClient({ ...common(), ...subscription, url: broker.url, tls })
    await expect(started).rejects.toThrow(/127\.0\.0\.1:\d+ shows a certificate that is not to be trusted/)
  })

  it('carries Sparkplug B: a host that comes late asks for births, and says whether it is there', async () => {
    const edge = await startEdgeNode({
      url,
      node: 'gw-1',
      device: 'outlet',
      now: NOW,
      nodeMetrics: [],
      deviceMetrics: [float('cod', 1, { alias: 7 })],
    })
    stops.push(() => edge.client.endAsync(true))
    // Nobody hears these.
    await edge.birth()
    const subscription = { clientId: 'fengsui-host', topics: SPARKPLUG_TOPICS, feed: compiled(SPARKPLUG_FEED, 'live') }
    const host = await startIngestClient({ ...common(), ...subscription })
    await edge.data([{ alias: 7, type: 'Float', value: 2 }])
    await until('the command', () => edge.commands[0])
    await until('the births', async () => (await valuesIn()).includes(1) || undefined)
    await edge.data([{ alias: 7, type: 'Float', value: 3, timestamp: NOW + 1 }])
    await until('the reading by alias', async () => (await valuesIn()).includes(3) || undefined)
    expect(edge.commands).toEqual(['Node Control/Rebirth'])
    await host.close()
    await until('the will of the host', () => edge.states[1])
    expect(edge.states.map((text) => JSON.parse(text).online)).toEqual([true, false])
  })
})
