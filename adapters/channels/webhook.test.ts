import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Refusal, Rejected, Retryable } from '../../core/errors.ts'
import { noticeOfWarning, warningOf } from '../../test/support/alert-policy.ts'
import { sign, verifySignature } from './verify-signature.ts'
import { createWebhook } from './webhook.ts'

const NOW = Date.UTC(2026, 10, 22)
const clock = { now: () => NOW }

interface Got {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

let server: Server
let url: string
let answer: { status: number; headers: Record<string, string> } | 'nothing' = { status: 200, headers: {} }
let got: Got[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk
    })
    request.on('end', () => {
      got.push({ headers: request.headers, body })
      if (answer !== 'nothing') response.writeHead(answer.status, answer.headers).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  got = []
})

function deliver(timeoutMs = 5_000): Promise<void> {
  return createWebhook({ url, secret: 's3cret', timeoutMs, clock }).deliver(noticeOfWarning())
}

async function failure(promise: Promise<void>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('a webhook', () => {
  test('posts the notice as JSON, with its id as the key and a signature that the receiver can check', async () => {
    answer = { status: 200, headers: {} }
    await deliver()
    const [first] = got
    const { timestamp, signature } = {
      timestamp: String(first?.headers['x-fengsui-timestamp']),
      signature: String(first?.headers['x-fengsui-signature']),
    }
    expect(JSON.parse(first?.body ?? '')).toEqual(noticeOfWarning())
    expect(first?.headers['x-fengsui-notice']).toBe(noticeOfWarning().id)
    expect(verifySignature('s3cret', { timestamp, signature }, first?.body ?? '', NOW)).toBe('ok')
  })

  test('carries an id that no header could carry percent-encoded', async () => {
    answer = { status: 202, headers: {} }
    const notice = noticeOfWarning(warningOf({ receiver: '食品局' }))
    await createWebhook({ url, secret: 's', timeoutMs: 5_000, clock }).deliver(notice)
    expect(decodeURI(String(got[0]?.headers['x-fengsui-notice']))).toBe(notice.id)
  })

  test('keeps one connection for what it sends in turn', async () => {
    answer = { status: 202, headers: {} }
    const webhook = createWebhook({ url, secret: 's', timeoutMs: 5_000, clock })
    const connected = new Set<Socket>()
    const count = ({ socket }: IncomingMessage) => connected.add(socket)
    server.on('request', count)
    for (let i = 0; i < 3; i++) await webhook.deliver(noticeOfWarning())
    server.off('request', count)
    expect(got).toHaveLength(3)
    expect(connected.size).toBe(1)
  })

  test('takes 409 for delivered: the receiver had it', async () => {
    answer = { status: 409, headers: {} }
    await expect(deliver()).resolves.toBeUndefined()
  })

  test.each([400, 401, 404, 410, 301])('gives up for good on status %i', async (status) => {
    answer = { status, headers: { location: 'http://127.0.0.1:1/' } }
    const error = await failure(deliver())
    expect(error).toBeInstanceOf(Rejected)
    expect(error).toMatchObject({ reason: `http-${status}` })
    expect(got).toHaveLength(1)
  })

  test.each([500, 502, 429, 408])('may try again after status %i', async (status) => {
    answer = { status, headers: {} }
    expect(await failure(deliver())).toMatchObject({
      name: 'Retryable',
      code: `http-${status}`,
      retryAfterMs: undefined,
    })
  })

  test('waits as long as the receiver asks, in seconds or until a date', async () => {
    answer = { status: 503, headers: { 'retry-after': '120' } }
    expect(await failure(deliver())).toMatchObject({ retryAfterMs: 120_000 })
    answer = { status: 429, headers: { 'retry-after': new Date(NOW + 30_000).toUTCString() } }
    expect(await failure(deliver())).toMatchObject({ retryAfterMs: 30_000 })
  })

  test('may try again where nobody answers, in time or at all', async () => {
    answer = 'nothing'
    expect(await failure(deliver(50))).toMatchObject({ name: 'Retryable', code: 'receiver-timeout' })
    const nobody = createWebhook({ url: 'http://127.0.0.1:1/', secret: 's', timeoutMs: 5_000, clock })
    const error = await failure(nobody.deliver(noticeOfWarning()))
    expect(error).toBeInstanceOf(Retryable)
    expect(error).toMatchObject({ code: 'receiver-unreachable' })
  })

  test('is refused for any other kind of address', () => {
    for (const wrong of ['file:///etc/passwd', 'ftp://host/', 'host', '']) {
      expect(() => createWebhook({ url: wrong, secret: 's', timeoutMs: 1, clock })).toThrow(Refusal)
    }
  })
})

describe('a signature', () => {
  const body = '{"a":1}'
  const timestamp = String(NOW)
  const signature = sign('s3cret', timestamp, body)

  test.each([
    ['is ok within five minutes, early or late', { timestamp, signature }, body, NOW + 299_000, 'ok'],
    ['is stale after five minutes', { timestamp, signature }, body, NOW + 301_000, 'stale'],
    ['is stale from the future', { timestamp, signature }, body, NOW - 301_000, 'stale'],
    ['is wrong for another body', { timestamp, signature }, '{"a":2}', NOW, 'wrong'],
    ['is wrong for another instant', { timestamp: String(NOW + 1), signature }, body, NOW, 'wrong'],
    ['is wrong by another secret', { timestamp, signature: sign('other', timestamp, body) }, body, NOW, 'wrong'],
    ['is wrong at another length', { timestamp, signature: 'v1=00' }, body, NOW, 'wrong'],
    ['is missed', { timestamp, signature: undefined }, body, NOW, 'missing'],
    [
      'is stale where its instant is no number',
      { timestamp: 'x', signature: sign('s3cret', 'x', body) },
      body,
      NOW,
      'stale',
    ],
  ] as const)('%s', (_name, headers, text, now, verdict) => {
    expect(verifySignature('s3cret', headers, text, now)).toBe(verdict)
  })
})
