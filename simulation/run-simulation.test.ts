import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Aedes } from 'aedes'
import { afterEach, describe, expect, it } from 'vitest'
import { Refusal } from '../core/errors.ts'
import { DAY_MS, HOUR_MS } from '../core/time.ts'
import { startOfDay } from './calendar.ts'
import { FEED_NAMES } from './feeds/feed.ts'
import { runSimulation, type SimulationEvent, type SimulationOptions } from './run-simulation.ts'

const startAt = startOfDay(20_500)
const keys = Object.fromEntries(FEED_NAMES.map((feed) => [`demo/${feed}`, `key-of-${feed}`]))
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Heard {
  readonly path: string
  readonly bulk: boolean
  readonly key: string
  readonly body: string
}

/** A front door that keeps what it hears; `answerWith` may refuse a request. */
async function openDoor(
  until: number,
  answerWith: (count: number) => { status: number; retryAfter?: string } | undefined = () => undefined,
) {
  const heard: Heard[] = []
  let count = 0
  const server = createServer(async (request, response) => {
    const body = await textOf(request)
    const refusal = answerWith(++count)
    if (refusal !== undefined) {
      response
        .writeHead(refusal.status, refusal.retryAfter === undefined ? {} : { 'retry-after': refusal.retryAfter })
        .end('{}')
      return
    }
    if (request.method === 'POST') {
      const { authorization = '', ...headers } = request.headers
      heard.push({ path: request.url ?? '', bulk: headers['x-fengsui-bulk'] === '1', key: authorization, body })
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    const lines = body.split('\n').length - 1
    response.end(
      JSON.stringify({ until, lines, observations: lines, versions: 0, duplicates: 0, rejects: 0, rejected: [] }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

/** Time that passes only when it is waited for. */
function createPlayClock() {
  let at = 0
  const waits: number[] = []
  return {
    waits,
    now: () => at,
    async wait(ms: number) {
      waits.push(ms)
      at += ms
    },
  }
}

function optionsFor(
  url: string,
  more: Partial<SimulationOptions> = {},
): SimulationOptions & { clock: ReturnType<typeof createPlayClock>; events: SimulationEvent[] } {
  const events: SimulationEvent[] = []
  const clock = createPlayClock()
  return {
    url,
    realm: 'demo',
    keys,
    enterprises: 150,
    seed: 3,
    speed: Number.POSITIVE_INFINITY,
    backfillMonths: 1,
    startAt,
    until: startAt + 2 * HOUR_MS,
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event),
    ...more,
    clock,
    events,
  }
}

const recordsOf = (heard: readonly Heard[]) => heard.filter(({ path }) => !path.endsWith('/progress'))
const progressOf = (heard: readonly Heard[]) =>
  heard.filter(({ path }) => path.endsWith('/progress')).map(({ body }) => JSON.parse(body))

describe('a simulation through the front doors', () => {
  it('sends its history in bulk, then what is live, each feed with its own key, and says how far time has come', async () => {
    const { url, heard } = await openDoor(0)
    const options = optionsFor(url)
    await runSimulation(options)
    const records = recordsOf(heard)
    expect(records.every(({ path, key }) => key === `Bearer key-of-${path.slice('/ingest/demo/'.length)}`)).toBe(true)
    expect(new Set(records.filter(({ bulk }) => bulk).map(({ path }) => path)).size).toBeGreaterThan(7)
    expect(records.filter(({ bulk, path }) => !bulk && path.endsWith('/sensors')).length).toBeGreaterThan(0)
    const untils = progressOf(heard)
      .filter(({ closed }) => !closed)
      .map(({ until }) => until)
    expect(untils).toEqual([...untils].sort((left, right) => left - right))
    expect(untils.filter((until) => until <= startAt)).toHaveLength(31)
    expect(untils.at(-1)).toBe(startAt + 2 * HOUR_MS)
  })

  it('goes on where the realm stands, with the same bytes', async () => {
    const whole = await openDoor(0)
    await runSimulation(optionsFor(whole.url))
    const rest = await openDoor(startAt)
    const options = optionsFor(rest.url)
    await runSimulation(options)
    expect(options.events.some(({ type }) => type === 'resumed')).toBe(true)
    const byPath = ({ path }: Heard, other: Heard) => (path < other.path ? -1 : 1)
    expect(recordsOf(rest.heard).sort(byPath)).toEqual(
      recordsOf(whole.heard)
        .filter(({ bulk }) => !bulk)
        .sort(byPath),
    )
  })

  it('waits as long as the door asks it to, and sends the same again', async () => {
    const { url, heard } = await openDoor(0, (count) => (count === 3 ? { status: 429, retryAfter: '7' } : undefined))
    const options = optionsFor(url, { until: startAt - 30 * DAY_MS })
    await runSimulation(options)
    expect(options.events).toContainEqual({ type: 'waiting', reason: 'back-pressure', seconds: 7 })
    expect(options.clock.waits).toContain(7000)
    const calm = await openDoor(0)
    await runSimulation(optionsFor(calm.url, { until: startAt - 30 * DAY_MS }))
    expect(recordsOf(heard)).toHaveLength(recordsOf(calm.heard).length)
  })

  it('stops with a sentence where its key is wrong', async () => {
    const { url } = await openDoor(0, () => ({ status: 401 }))
    await expect(runSimulation(optionsFor(url))).rejects.toThrow(Refusal)
  })

  it('keeps its pace: at 720 simulated seconds a second an hour lasts five', async () => {
    const { url } = await openDoor(startAt)
    const options = optionsFor(url, { speed: 720 })
    await runSimulation(options)
    expect(options.clock.now()).toBeCloseTo(10_000, -2)
  })

  it('ends quietly when it is told to', async () => {
    const { url } = await openDoor(0)
    const control = new AbortController()
    const { until: _until, ...endless } = optionsFor(url)
    const onEvent = ({ type }: SimulationEvent) => type === 'hour-passed' && control.abort()
    await expect(runSimulation({ ...endless, signal: control.signal, onEvent })).resolves.toBeUndefined()
  })

  it('sends live sensor readings over MQTT and waits until they are acknowledged', async () => {
    const { url, heard } = await openDoor(startAt)
    const broker = await Aedes.createBroker()
    const messages: { topic: string; payload: string }[] = []
    broker.on('publish', ({ topic, payload }) => {
      if (topic.startsWith('reg/')) messages.push({ topic, payload: payload.toString() })
    })
    const server = createTcpServer(broker.handle).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(async () => {
      await new Promise<void>((resolve) => broker.close(resolve))
      server.close()
    })
    await runSimulation(optionsFor(url, { mqttUrl: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}` }))
    expect(messages.length).toBeGreaterThan(10)
    expect(messages[0]?.topic).toMatch(/^reg\/v1\/\d{6}\/9\d[0-9A-Z]{16}\/[a-z0-9]+-\d{4}\/[a-z0-9]+$/)
    expect(JSON.parse(messages[0]?.payload ?? '')).toEqual({
      t: expect.any(Number),
      v: expect.any(Number),
      q: expect.any(String),
    })
    expect(heard.filter(({ path }) => path.endsWith('/sensors'))).toEqual([])
  })

  it('stops where the broker refuses its key, and when it is told to while nobody answers', async () => {
    const { url } = await openDoor(startAt)
    const refusing = await Aedes.createBroker({ authenticate: (_client, _user, _password, done) => done(null, false) })
    const server = createTcpServer(refusing.handle).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    closing.push(() => new Promise<void>((resolve) => refusing.close(resolve)))
    await expect(runSimulation(optionsFor(url, { mqttUrl: `mqtt://127.0.0.1:${port}` }))).rejects.toThrow(Refusal)
    server.close()
    await once(server, 'close')

    const control = new AbortController()
    const onEvent = ({ type }: SimulationEvent) => type === 'waiting' && control.abort()
    const nobody = optionsFor(url, { mqttUrl: `mqtt://127.0.0.1:${port}`, signal: control.signal, onEvent })
    await expect(runSimulation(nobody)).resolves.toBeUndefined()
  })

  it('writes the truth once, and refuses to go on as another city', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fengsui-truth-'))
    closing.push(() => rm(folder, { recursive: true }))
    const truthFile = join(folder, 'truth', 'demo.ndjson')
    const { url } = await openDoor(0)
    await runSimulation(optionsFor(url, { truthFile }))
    const first = await readFile(truthFile, 'utf8')
    expect(first.split('\n').length).toBeGreaterThan(4)
    // The next day the caller says another midnight; the city stays the one that was begun.
    await runSimulation(optionsFor(url, { truthFile, startAt: startAt + DAY_MS }))
    expect(await readFile(truthFile, 'utf8')).toBe(first)
    await expect(runSimulation(optionsFor(url, { truthFile, seed: 4 }))).rejects.toThrow(Refusal)
  })
})
