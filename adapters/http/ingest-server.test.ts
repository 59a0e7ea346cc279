import { connect } from 'node:net'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { Retryable } from '../../core/errors.ts'
import type { EventLog, OutgoingBatch } from '../../core/event-log.ts'
import { SHARDS } from '../../core/shard.ts'
import { openRealmIntake } from '../../ingest/realm-intake.ts'
import type { Registry } from '../../ingest/registry.ts'
import {
  COMPLAINTS,
  compiled,
  fixedClock,
  NOW,
  PERMITS,
  readLog,
  readRejects,
  testSealer,
} from '../../test/support/ingest-fixture.ts'
import { createMemoryEventLog } from '../memory/event-log.ts'
import { createMemoryRecordIndex } from '../memory/record-index.ts'
import { type IngestServer, startIngestServer } from './ingest-server.ts'

const KEYS = { complaints: 'key-of-complaints', permits: 'key-of-permits' }
const GOOD = 'number,licence,opened,closed,text\nn1,7,2026-01-01,2026-02-01,noise\nn2,8,2026-01-02,,smell\n'

let log: EventLog
/** What an append does first. */
let beforeAppend: () => Promise<void>
let server: IngestServer
let internalErrors: unknown[]

async function realm(clock: 'live' | 'event') {
  const gated = {
    ...log,
    async append(batches: readonly OutgoingBatch[]) {
      await beforeAppend()
      return log.append(batches)
    },
  }
  const intake = await openRealmIntake({
    realm: 'city',
    feeds: ['complaints', 'permits'],
    live: clock === 'live' ? { graceMs: 1_000, idleAfterMs: 60_000 } : undefined,
    index: createMemoryRecordIndex(gated),
    log,
    heldBound: 3_000_000,
    clock: fixedClock,
    sealer: testSealer(),
  })
  const feeds = new Map([
    ['complaints', { compiled: compiled(COMPLAINTS, clock), key: KEYS.complaints }],
    ['permits', { compiled: compiled(PERMITS, clock), key: KEYS.permits }],
  ])
  return { clock, intake, feeds }
}

async function open(): Promise<void> {
  log = createMemoryEventLog()
  beforeAppend = async () => {}
  internalErrors = []
  const registry: Registry = new Map([
    ['history', await realm('event')],
    ['city', await realm('live')],
  ])
  const onInternalError = (error: unknown) => internalErrors.push(error)
  server = await startIngestServer({ registry, clock: fixedClock, port: 0, host: '127.0.0.1', onInternalError })
}

interface Post {
  readonly path?: string
  readonly key?: string
  readonly type?: string
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
}

async function post(over: Post = {}) {
  const { path = '/ingest/history/complaints', key = KEYS.complaints, type = 'text/csv', body = GOOD, headers } = over
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': type, ...headers },
    body,
  })
  const answer = (await response.json()) as Readonly<Record<string, unknown>>
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body: answer }
}

function progress(body: unknown, over: Post = {}) {
  return post({ path: '/ingest/history/progress', type: 'application/json', body: JSON.stringify(body), ...over })
}

describe('the front door for records', () => {
  beforeEach(async () => {
    await server?.close()
    await open()
  })
  afterAll(() => server.close())

  it('answers for every line once the records are durable', async () => {
    const body = `${GOOD}n1,7,2026-01-01,2026-02-01,noise\nn3,,2026-01-01,,\n`
    const answer = await post({ body })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      feed: 'complaints',
      lines: 4,
      observations: 2,
      versions: 0,
      duplicates: 1,
      rejects: 1,
    })
    expect(answer.body.rejected).toMatchObject([
      { line: 5, reason: expect.any(String), hint: { en: expect.stringContaining('licence') } },
    ])
    expect((await readLog(log)).observations.map(({ part, subject }) => `${subject} ${part}`).sort()).toEqual([
      'licence:7 closed',
      'licence:7 opened',
      'licence:8 opened',
    ])
  })

  it('takes the same request twice as duplicates, its rejects as the same rejects', async () => {
    const body = `${GOOD}n3,,2026-01-01,,\n`
    await post({ body })
    expect((await post({ body })).body).toMatchObject({ lines: 3, observations: 0, duplicates: 2, rejects: 1 })
    const rejects = await readRejects(log)
    expect(new Set(rejects.map(({ id }) => id)).size).toBe(1)
  })

  it('reads JSON, NDJSON and Chinese in GB18030', async () => {
    const record = { number: 'j1', licence: '7', opened: '2026-01-01', text: '噪声' }
    expect((await post({ type: 'application/json', body: JSON.stringify([record]) })).body).toMatchObject({
      observations: 1,
    })
    expect(
      (await post({ type: 'application/x-ndjson', body: `${JSON.stringify({ ...record, number: 'j2' })}\n` })).body,
    ).toMatchObject({ observations: 1 })
    const gbk = Buffer.concat([
      Buffer.from('number,licence,opened,text\ng1,7,2026-01-01,'),
      Buffer.from([0xd4, 0xeb]),
      Buffer.from('\n'),
    ])
    expect((await post({ type: 'text/csv; charset=gb18030', body: gbk })).body).toMatchObject({ observations: 1 })
    const texts = (await readLog(log)).observations.map(({ facts }) => facts.text)
    expect(texts.sort()).toEqual(['噪', '噪声', '噪声'].sort())
  })

  const bad: readonly (readonly [string, Post, number, string])[] = [
    ['a wrong key', { key: 'guess' }, 401, 'wrong-key'],
    ['another feed’s key', { key: KEYS.permits }, 401, 'wrong-key'],
    ['an unknown feed', { path: '/ingest/history/nothing' }, 404, 'unknown-feed'],
    ['an unknown realm', { path: '/ingest/atlantis/complaints' }, 404, 'unknown-feed'],
    ['an unknown path', { path: '/upload' }, 404, 'unknown-path'],
    ['an unknown content type', { type: 'application/pdf' }, 415, 'unsupported-content'],
    ['a compressed body', { headers: { 'content-encoding': 'br' } }, 415, 'unsupported-content'],
    ['a body of 50 MB', { body: new Uint8Array(50 * 1024 * 1024) }, 413, 'too-large'],
  ]
  it.each(bad)('refuses %s in both languages, and takes the next good request', async (_, request, status, reason) => {
    const answer = await post(request)
    expect(answer.status).toBe(status)
    expect(answer.body).toEqual({
      error: { reason, zh: expect.stringMatching(/\p{Script=Han}/u), en: expect.any(String) },
    })
    expect(await post()).toMatchObject({ status: 200, body: { observations: 2 } })
  })

  const permit = (code: string, decided: string) => ({
    path: '/ingest/history/permits',
    key: KEYS.permits,
    body: `code,permit,decided\n${code},p1,${decided}\n`,
  })
  const rejected: readonly (readonly [string, Post, string])[] = [
    ['broken JSON', { type: 'application/x-ndjson', body: '{"number": "n1", "lic\n' }, 'unreadable-line'],
    ['a broken array of JSON', { type: 'application/json', body: '[{"number": "n1"' }, 'unreadable-line'],
    [
      'JSON nested too deep',
      { type: 'application/x-ndjson', body: `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}\n` },
      'too-deep',
    ],
    ['a wrong header', { body: 'name,price\n' }, 'wrong-header'],
    ['a day that does not exist', permit('91140105MA0T100092', '2026-02-30'), 'bad-date'],
    ['a bad check digit', permit('91140105MA0T100093', '2026-02-03'), 'bad-check-digit'],
    ['a code of the wrong shape', permit('91140105', '2026-02-03'), 'bad-code-shape'],
    ['no subject', { body: 'number,licence,opened\nn1,,2026-01-01\n' }, 'unknown-subject'],
    ['no number', { body: 'number,licence,opened\n,7,2026-01-01\n' }, 'missing-value'],
    [
      'a row that no observation applies to',
      { body: 'number,licence,opened,text\nn1,7,2026-01-01,withdrawn\n' },
      'no-observation-applies',
    ],
    [
      'a line of 2 MB',
      { body: `number,licence,opened,text\nn1,7,2026-01-01,${'x'.repeat(2 << 20)}\n` },
      'line-too-long',
    ],
  ]
  it.each(rejected)(
    'keeps %s as a reject with its reason, and takes the next good request',
    async (_, request, reason) => {
      const answer = await post(request)
      expect(answer).toMatchObject({
        status: 200,
        body: {
          lines: 1,
          rejects: 1,
          rejected: [{ reason, hint: { zh: expect.any(String), en: expect.any(String) } }],
        },
      })
      expect(await readRejects(log)).toMatchObject([{ reason, realm: 'city' }])
      expect(await post()).toMatchObject({ status: 200, body: { observations: 2 } })
      expect(internalErrors).toEqual([])
    },
  )

  it('asks senders to wait while the log is half full, before reading what they send', async () => {
    await log.append([
      {
        topic: 'observations',
        realm: 'city',
        shard: 0,
        count: 1,
        bytes: new Uint8Array(3_000_001),
        progress: [],
        bulk: true,
      },
    ])
    expect(await post()).toMatchObject({ status: 429, retryAfter: '5', body: { error: { reason: 'back-pressure' } } })
  })

  it('says that nothing was confirmed when the log cannot be reached, and takes the same again', async () => {
    beforeAppend = () => Promise.reject(new Retryable('log-unreachable', 'down'))
    expect(await post()).toMatchObject({ status: 503, retryAfter: '2', body: { error: { reason: 'log-unavailable' } } })
    beforeAppend = async () => {}
    expect(await post()).toMatchObject({ status: 200, body: { observations: 2, duplicates: 0 } })
  })

  it('goes on when a sender breaks off in the middle', async () => {
    const { hostname, port } = new URL(server.url)
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        const head = `POST /ingest/history/complaints HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEYS.complaints}`
        socket.write(`${head}\r\ncontent-type: text/csv\r\ncontent-length: 1000\r\n\r\nnumber,`, () => socket.destroy())
      })
      socket.once('close', () => resolve())
    })
    expect(await post()).toMatchObject({ status: 200, body: { observations: 2 } })
  })

  it('marks history that is sent in bulk', async () => {
    await post({ headers: { 'x-fengsui-bulk': '1' } })
    const { batches } = await readLog(log)
    expect(batches.filter(({ count }) => count > 0).every(({ bulk }) => bulk)).toBe(true)
  })
})

describe('how far time has come', () => {
  beforeEach(async () => {
    await server?.close()
    await open()
  })
  afterAll(() => server.close())

  it('is told to every shard, after the records it covers', async () => {
    await post()
    expect(await progress({ until: 1_000, closed: false })).toMatchObject({ status: 200, body: { until: 1_000 } })
    const { progress: said } = await readLog(log)
    for (let shard = 0; shard < SHARDS; shard++) {
      expect(said.get(shard)?.slice(-2)).toEqual([
        { feed: 'complaints', until: 1_000, closed: false },
        { feed: 'permits', until: 1_000, closed: false },
      ])
    }
  })

  it('is that of the slowest open feed, for all who ask', async () => {
    const ask = async () => {
      const headers = { authorization: `Bearer ${KEYS.permits}` }
      return (await fetch(`${server.url}/ingest/history/progress`, { headers })).json()
    }
    expect(await ask()).toEqual({ until: 0 })
    await progress({ until: 5_000 })
    await progress({ until: 9_000, feeds: ['permits'] })
    expect(await ask()).toEqual({ until: 5_000 })
    await progress({ until: 5_000, feeds: ['complaints'], closed: true })
    expect(await ask()).toEqual({ until: 9_000 })
  })

  it('moves in a live realm with the records, and by a feed’s own key only', async () => {
    await post({ path: '/ingest/city/complaints' })
    const { progress: said } = await readLog(log)
    expect(said.get(3)).toEqual([
      { feed: 'complaints', until: Date.UTC(2026, 1, 1) - 8 * 3_600_000 - 1_000, closed: false },
    ])
    const path = '/ingest/city/progress'
    expect(await progress({ until: NOW }, { path })).toMatchObject({ status: 200 })
    expect(await progress({ until: NOW, feeds: ['permits'] }, { path })).toMatchObject({ status: 403 })
    expect(await progress({ until: NOW + 1 }, { path })).toMatchObject({ status: 400 })
  })

  it.each([
    ['no JSON', '{', 400],
    ['no object', '7', 400],
    ['no instant', '{"until": "now"}', 400],
    ['a list that is none', '{"until": 1, "feeds": "all"}', 400],
    ['an unknown feed', '{"until": 1, "feeds": ["x"]}', 404],
  ])('is not declared by %s', async (_, body, status) => {
    expect(await post({ path: '/ingest/history/progress', type: 'application/json', body })).toMatchObject({ status })
    expect(await progress({ until: 7 })).toMatchObject({ status: 200, body: { until: 7 } })
  })
})
