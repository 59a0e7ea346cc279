import { once } from 'node:events'
import { request as httpsRequest } from 'node:https'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventLog } from '../../core/event-log.ts'
import { openRealmIntake } from '../../ingest/realm-intake.ts'
import type { Registry } from '../../ingest/registry.ts'
import { archive, workbook } from '../../test/support/archive.ts'
import { makeAuthority, type Pair } from '../../test/support/certificates.ts'
import { gbk } from '../../test/support/gbk.ts'
import { COMPLAINTS, compiled, NOW, PERMITS, readLog, testSealer } from '../../test/support/ingest-fixture.ts'
import { until } from '../../test/support/until.ts'
import { createMemoryEventLog } from '../memory/event-log.ts'
import { createMemoryRecordIndex } from '../memory/record-index.ts'
import type { DoorTls } from '../tls/door-tls.ts'
import { DOOR_LIMITS, type DoorLimits } from './door-limits.ts'
import { type IngestServer, startIngestServer } from './ingest-server.ts'

const KEY = 'key-of-complaints'
const GOOD = 'number,licence,opened,closed,text\nn1,7,2026-01-01,2026-02-01,noise\n'

let log: EventLog
let now: number
let server: IngestServer | undefined
const sockets: Socket[] = []

async function open(over: { limits?: Partial<DoorLimits>; tls?: DoorTls } = {}): Promise<string> {
  const clock = { now: () => now }
  const intake = await openRealmIntake({
    realm: 'city',
    feeds: ['complaints'],
    live: undefined,
    index: createMemoryRecordIndex(log),
    log,
    heldBound: 1e9,
    clock,
    sealer: testSealer(),
  })
  const feeds = new Map([
    ['complaints', { compiled: compiled(COMPLAINTS), key: KEY }],
    ['permits', { compiled: compiled(PERMITS), key: 'key-of-permits' }],
  ])
  const registry: Registry = new Map([['city', { clock: 'event', intake, feeds }]])
  const limits = { ...DOOR_LIMITS, ...over.limits }
  const onInternalError = (error: unknown) => {
    throw error
  }
  server = await startIngestServer({ registry, clock, port: 0, host: '127.0.0.1', onInternalError, ...over, limits })
  return server.url
}

beforeEach(() => {
  log = createMemoryEventLog()
  now = NOW
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server?.close()
})

async function post(url: string, type: string, body: string | Uint8Array, more = {}) {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': type, ...more }
  const response = await fetch(`${url}/ingest/city/complaints`, { method: 'POST', headers, body: Buffer.from(body) })
  const retryAfter = response.headers.get('retry-after')
  return { status: response.status, retryAfter, body: (await response.json()) as Readonly<Record<string, unknown>> }
}

const refused = (reason: string) => ({
  error: { reason, zh: expect.stringMatching(/\p{Script=Han}/u), en: expect.stringMatching(/[a-z]{3}/) },
})

describe('what is packed', () => {
  it('is taken as what was packed: gzip, a ZIP of several files, XML, a workbook', async () => {
    const url = await open()
    expect((await post(url, 'text/csv', gzipSync(GOOD), { 'content-encoding': 'gzip' })).body).toMatchObject({
      observations: 1,
    })
    const files = [
      { name: 'a/one.csv', content: GOOD.replace('n1', 'n2') },
      { name: 'two.ndjson', content: '{"number":"n3","licence":"7","opened":"2026-01-01"}\n' },
    ]
    expect((await post(url, 'application/zip', archive(files))).body).toMatchObject({ lines: 2, observations: 2 })
    const xml = '<m><fields><number>n4</number><licence>7</licence><opened>2026-01-01</opened></fields></m>'
    expect((await post(url, 'application/xml', xml)).body).toMatchObject({ observations: 1 })
    const cells = (values: readonly string[]) =>
      `<row>${values.map((value) => `<c t="inlineStr"><is><t>${value}</t></is></c>`).join('')}</row>`
    const book = workbook(cells(['number', 'licence', 'opened']) + cells(['n5', '7', '2026-01-01']))
    const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
    expect((await post(url, type, book)).body).toMatchObject({ lines: 1, observations: 1 })
    expect((await readLog(log)).observations).toHaveLength(7)
  })

  const blanks = Buffer.alloc(32 << 20, 0x20)
  it.each([
    ['a gzip that unpacks without bound', () => gzipSync(blanks), 413, 'unpacks-too-far'],
    ['a ZIP that does', () => archive([{ name: 'a.csv', content: blanks }]), 413, 'unpacks-too-far'],
    ['a gzip cut short', () => gzipSync(Buffer.from(GOOD)).subarray(0, 40), 400, 'unreadable-archive'],
    [
      'an archive within an archive',
      () => archive([{ name: 'a.zip', content: archive([{ name: 'a.csv', content: GOOD }]) }]),
      400,
      'unreadable-archive',
    ],
  ])('%s is refused, and nothing of it taken', async (_, packed, status, reason) => {
    const url = await open()
    expect(await post(url, 'application/zip', packed())).toMatchObject({
      status,
      body: refused(reason),
    })
    expect((await readLog(log)).batches).toEqual([])
    expect((await post(url, 'text/csv', GOOD)).status).toBe(200)
  })
})

describe('content that is not what it is said to be', () => {
  const sheet = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
  const book = workbook('<row><c t="inlineStr"><is><t>number</t></is></c></row>')
  const page = '<!DOCTYPE html><html><body>login</body></html>'
  it.each([
    ['a ZIP', 'application/zip', GOOD, {}, 'neither ZIP nor gzip'],
    ['in gzip', 'text/csv', GOOD, { 'content-encoding': 'gzip' }, 'no gzip'],
    [
      'in gzip, and is a ZIP',
      'text/csv',
      archive([{ name: 'a.csv', content: GOOD }]),
      { 'content-encoding': 'gzip' },
      'no gzip',
    ],
    ['a workbook', sheet, GOOD, {}, 'is other text'],
    ['a workbook, and is an old one', sheet, Buffer.from('d0cf11e0a1b11ae1', 'hex'), {}, 'saved as .xlsx'],
    ['CSV, and is a workbook', 'text/csv', book, {}, 'an Excel workbook'],
    ['CSV, and is JSON', 'text/csv', '[{"number":"n1"}]', {}, 'is JSON'],
    ['XML, and is a web page', 'application/xml', page, {}, 'a web page'],
    ['JSON, and is XML', 'application/json', '<fields/>', {}, 'is XML'],
    ['CSV in UTF-8', 'text/csv; charset=utf-8', gbk('编号,店名\n一,太原饭店\n'), {}, 'is GB 18030'],
    ['CSV in GB 18030', 'text/csv; charset=gb18030', '编号,店名\n一,太原饭店\n', {}, 'is UTF-8'],
  ])('%s is refused with what it is, and nothing of it taken', async (_, type, body, more, is) => {
    const url = await open()
    const answer = await post(url, type, body, more)
    expect(answer).toMatchObject({ status: 400, body: refused('wrong-content') })
    expect(JSON.stringify(answer.body)).toContain(is)
    expect((await readLog(log)).batches).toEqual([])
    expect((await post(url, 'text/csv', GOOD)).status).toBe(200)
  })

  it('within an archive is one reject for that file, and the others are taken', async () => {
    const url = await open()
    const files = [
      { name: 'login.csv', content: page },
      { name: 'one.csv', content: GOOD },
    ]
    expect((await post(url, 'application/zip', archive(files))).body).toMatchObject({
      ...{ lines: 2, observations: 1, rejects: 1 },
      rejected: [{ reason: 'wrong-content', hint: { zh: expect.stringContaining('网页') } }],
    })
  })
})

describe('a sender that asks for too much', () => {
  it('waits when its requests come too fast, and is served again a second later', async () => {
    const url = await open({ limits: { requestsPerSecond: 2 } })
    const answers = []
    for (let i = 0; i < 5; i++) answers.push(await post(url, 'text/csv', GOOD))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429])
    expect(answers[4]).toMatchObject({ retryAfter: '1', body: refused('too-many-requests') })
    now += 1_000
    expect((await post(url, 'text/csv', GOOD)).status).toBe(200)
  })

  it('is told that there are too many connections, and is served when others have gone', async () => {
    const url = await open({ limits: { connections: 2 } })
    for (let i = 0; i < 2; i++) await rawConnection(url)
    expect(await post(url, 'text/csv', GOOD, { connection: 'close' })).toMatchObject({
      status: 503,
      retryAfter: '5',
      body: refused('too-many-connections'),
    })
    for (const socket of sockets.splice(0)) socket.destroy()
    await until('a connection to be free', async () =>
      (await post(url, 'text/csv', GOOD, { connection: 'close' })).status === 200 ? true : undefined,
    )
  })

  it('is told that its headers are too large, in both languages', async () => {
    const url = await open()
    const socket = await rawConnection(url)
    socket.write(`POST /ingest/city/complaints HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`)
    const answer = await answerOn(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 431 /)
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual(refused('headers-too-large'))
  })

  it('is let go when it dawdles over its headers', async () => {
    const url = await open({ limits: { headersMs: 300 } })
    const socket = await rawConnection(url)
    socket.write('POST /ingest/city/complaints HTTP/1.1\r\nHost: x\r\nX-Slow: ')
    expect(await answerOn(socket)).toMatch(/^HTTP\/1\.1 408 /)
  })
})

describe('a sender with a certificate', () => {
  it('speaks for the feeds that its name was given, without a key', async () => {
    const [ours, theirs] = await Promise.all([makeAuthority('Fengsui'), makeAuthority('Somebody')])
    const [door, known, unknown, foreign] = await Promise.all([
      ours.server(),
      ours.client('market-supervision'),
      ours.client('nobody-yet'),
      theirs.client('market-supervision'),
    ])
    const url = await open({
      tls: {
        ...door,
        clientAuthority: ours.certificate,
        certified: new Map([['market-supervision', new Set(['city/complaints'])]]),
      },
    })
    const send = (client: Pair | undefined, feed: string) => sendOver(url + feed, ours.certificate, client)
    expect(await send(known, '/ingest/city/complaints')).toMatchObject({ status: 200 })
    expect(await send(known, '/ingest/city/permits')).toMatchObject({
      status: 403,
      body: refused('unknown-certificate'),
    })
    expect(await send(unknown, '/ingest/city/complaints')).toMatchObject({ status: 403 })
    await expect(send(foreign, '/ingest/city/complaints')).rejects.toThrow()
    await expect(send(undefined, '/ingest/city/complaints')).rejects.toThrow()
    expect((await readLog(log)).observations).toHaveLength(2)
  })
})

async function rawConnection(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

async function answerOn(socket: Socket): Promise<string> {
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

function sendOver(url: string, ca: string, client: Pair | undefined) {
  const identity = client === undefined ? {} : { cert: client.certificate, key: client.key }
  const headers = { 'content-type': 'text/csv' }
  return new Promise<{ status: number | undefined; body: unknown }>((resolve, reject) => {
    const sent = httpsRequest(url, { method: 'POST', ca, headers, agent: false, ...identity }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += String(chunk)
      })
      response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(text) }))
    })
    sent.on('error', reject)
    sent.end(GOOD)
  })
}
