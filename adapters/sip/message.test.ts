import { describe, expect, it } from 'vitest'
import { createSipFramer } from './frame-stream.ts'
import { parseSip } from './message.ts'
import { createTransactions, transactionKey } from './transactions.ts'
import { writeResponse } from './write-message.ts'

const CAMERA = '14010500001320000001'
const LINES = [
  'MESSAGE sip:14010000002000000001@1401000000 SIP/2.0',
  'Via: SIP/2.0/UDP 10.0.0.2:5060;rport;branch=z9hG4bK7',
  `From: <sip:${CAMERA}@1401000000>;tag=1`,
  'To: <sip:14010000002000000001@1401000000>',
  'Call-ID: abc@10.0.0.2',
  'CSeq: 20 MESSAGE',
  'Content-Length: 5',
]
const bytesOf = (lines: readonly string[], body = 'hello') => Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
const changed = (from: string, to: string) => parseSip(bytesOf(LINES.map((line) => line.replace(from, to))))
const SEEN = { address: '203.0.113.9', port: 40_000 }

describe('a SIP message', () => {
  it('is read with what an answer and its sender need', () => {
    expect(parseSip(bytesOf(LINES))).toMatchObject({
      kind: 'request',
      method: 'MESSAGE',
      user: CAMERA,
      callId: 'abc@10.0.0.2',
      cseq: { number: 20, method: 'MESSAGE' },
      via: { transport: 'UDP', sentBy: '10.0.0.2:5060' },
      body: Buffer.from('hello'),
    })
  })

  it.each([
    ['compact names', 'From: ', 'f: '],
    ['a folded header', 'CSeq: 20 MESSAGE', 'CSeq: 20\r\n MESSAGE'],
    ['a display name in quotes', 'From: <', 'From: "a \\"b\\" <c>" <'],
    ['an address without brackets', `<sip:${CAMERA}@1401000000>`, `sip:${CAMERA}@1401000000`],
    ['blanks around a slash of Via', 'SIP/2.0/UDP', 'SIP / 2.0 / UDP'],
  ])('may have %s', (_, from, to) => {
    expect(changed(from, to)).toMatchObject({ kind: 'request', user: CAMERA })
  })

  it.each([
    ['a request line that is none', '1401000000 SIP/2.0', '1401000000 SIP/3.0'],
    ['a CSeq of another method', '20 MESSAGE', '20 NOTIFY'],
    ['a CSeq beyond its bound', '20 MESSAGE', '4294967296 MESSAGE'],
    ['two Call-IDs', 'Call-ID: abc@10.0.0.2', 'Call-ID: a\r\ni: b'],
    ['a body that is shorter than its length', 'Content-Length: 5', 'Content-Length: 50'],
    ['a length that is no number', 'Content-Length: 5', 'Content-Length: 5x'],
  ])('with %s is a fault that can be answered', (_, from, to) => {
    const message = changed(from, to)
    expect(message).toMatchObject({ kind: 'fault', headers: expect.any(Array) })
  })

  it.each([
    ['no Via', 'Via:', 'X-Via:'],
    ['a control character', 'Call-ID: abc', 'Call-ID: a\u0000bc'],
    ['a line feed of its own', 'Call-ID: abc', 'Call-ID: a\nbc'],
    ['a line without a name', 'Call-ID: abc', ': abc'],
  ])('with %s is a fault that nobody is answered for', (_, from, to) => {
    expect(changed(from, to)).toMatchObject({ kind: 'fault', headers: undefined })
  })

  it('is bounded in its headers, and in their number', () => {
    expect(parseSip(bytesOf([...LINES, `X: ${'x'.repeat(17_000)}`]))).toMatchObject({ kind: 'fault' })
    expect(parseSip(bytesOf([...LINES, ...Array.from({ length: 60 }, (_, i) => `X${i}: 1`)]))).toMatchObject({
      kind: 'fault',
    })
  })
})

describe('an answer', () => {
  it('goes back through every Via, says where the request was seen, and bears the same tag each time', () => {
    const request = parseSip(bytesOf([...LINES.slice(0, 2), 'Via: SIP/2.0/UDP 10.0.0.1', ...LINES.slice(2)]))
    if (request.kind !== 'request') throw new Error('no request')
    const text = writeResponse(request.headers, 401, SEEN, { 'WWW-Authenticate': 'Digest' }).toString()
    expect(text.split('\r\n')).toEqual([
      'SIP/2.0 401 Unauthorized',
      'Via: SIP/2.0/UDP 10.0.0.2:5060;rport=40000;branch=z9hG4bK7;received=203.0.113.9',
      'Via: SIP/2.0/UDP 10.0.0.1',
      `From: <sip:${CAMERA}@1401000000>;tag=1`,
      expect.stringMatching(/^To: <sip:14010000002000000001@1401000000>;tag=[0-9a-f]{16}$/),
      'Call-ID: abc@10.0.0.2',
      'CSeq: 20 MESSAGE',
      'WWW-Authenticate: Digest',
      'Content-Length: 0',
      '',
      '',
    ])
    expect(writeResponse(request.headers, 401, SEEN, { 'WWW-Authenticate': 'Digest' }).toString()).toBe(text)
  })
})

describe('a stream', () => {
  it('is cut into the same messages wherever the network cut it', () => {
    const stream = Buffer.concat([
      bytesOf(LINES),
      Buffer.from('\r\n\r\n'),
      bytesOf(LINES.slice(0, -1).concat('l: 0'), ''),
    ])
    for (let step = 1; step < 60; step++) {
      const framer = createSipFramer()
      const cut: string[] = []
      for (let at = 0; at < stream.length; at += step) {
        cut.push(...framer.push(stream.subarray(at, at + step)).messages.map(String))
      }
      expect(cut).toEqual([bytesOf(LINES).toString(), bytesOf(LINES.slice(0, -1).concat('l: 0'), '').toString()])
    }
  })

  it.each([
    ['has no length', bytesOf(LINES.slice(0, -1))],
    ['has a length over the bound', bytesOf(LINES.slice(0, -1).concat('Content-Length: 70000'))],
    ['has no end of its headers', Buffer.from('x'.repeat(17_000))],
  ])('whose message %s is broken', (_, bytes) => {
    expect(createSipFramer().push(bytes).broken).toBe(true)
  })
})

describe('requests that come again', () => {
  const request = parseSip(bytesOf(LINES))
  if (request.kind !== 'request') throw new Error('no request')
  const key = transactionKey(request, SEEN.address)
  const response = Buffer.from('200')

  it('are handled once, answered alike for 32 s, and new after that', () => {
    const transactions = createTransactions()
    expect(transactions.begin(key, 0)).toEqual({ as: 'new' })
    expect(transactions.begin(key, 1)).toEqual({ as: 'running' })
    transactions.finish(key, response, 2)
    expect(transactions.begin(key, 32_001)).toEqual({ as: 'answered', response })
    expect(transactions.begin(key, 32_002)).toEqual({ as: 'new' })
    expect(transactionKey(request, '203.0.113.10')).not.toBe(key)
  })

  it('are remembered and worked on within a bound', () => {
    const transactions = createTransactions()
    for (let i = 0; i < 30_000; i++) {
      transactions.begin(String(i), 0)
      transactions.finish(String(i), response, 0)
    }
    expect(transactions.size).toBeLessThanOrEqual(20_000)
    for (let i = 0; i < 1_000; i++) expect(transactions.begin(`running ${i}`, 0).as).toBe('new')
    expect(transactions.begin('one more', 0).as).toBe('refused')
  })
})
