import { describe, expect, test } from 'vitest'
import { detectEncoding, HEAD_BYTES } from './detect-encoding.ts'
import type { Row } from './row.ts'
import { createRowReader, readRows } from './row-reader.ts'

/** 市场 in GB 18030 and in UTF-8. */
const GB = Buffer.from([0xca, 0xd0, 0xb3, 0xa1])
const UTF = Buffer.from('市场')
const GB_MARK = Buffer.from([0x84, 0x31, 0x95, 0x33])
const UTF_MARK = Buffer.from([0xef, 0xbb, 0xbf])
const table = (text: Buffer) => Buffer.concat([Buffer.from('a,b\n1,'), text, Buffer.from('\n')])
const lines = (text: Buffer) => Buffer.concat([Buffer.from('{"a":"'), text, Buffer.from('"}\n')])

describe('a feed whose encoding is found out', () => {
  test.each([
    ['UTF-8 with its mark', Buffer.concat([UTF_MARK, table(UTF)])],
    ['UTF-8 without', table(UTF)],
    ['GB 18030 with its mark', Buffer.concat([GB_MARK, table(GB)])],
    ['GB 18030 without', table(GB)],
  ])('reads a table in %s', (_, body) => {
    const policy = { format: 'csv', required: ['a'], encoding: 'auto' } as const
    expect(readRows(policy, body).map(({ fields }) => fields)).toEqual([{ a: '1', b: '市场' }])
  })

  test('reads lines of JSON in GB 18030, and as the policy says', () => {
    for (const encoding of ['auto', 'gb18030'] as const) {
      expect(readRows({ format: 'ndjson', required: [], encoding }, lines(GB))[0]?.fields).toEqual({ a: '市场' })
    }
    expect(readRows({ format: 'ndjson', required: [] }, lines(GB))[0]?.error).toBe('unreadable-line')
  })

  test('decides by its beginning, however small the pieces in which that comes', async () => {
    const policy = { format: 'csv', required: ['a'], encoding: 'auto' } as const
    const body = table(GB)
    async function* bytes() {
      for (const byte of body) yield Uint8Array.of(byte)
    }
    const rows: Row[] = []
    for await (const batch of createRowReader(policy, 'request')(bytes())) rows.push(...batch)
    expect(rows.map(({ fields }) => fields)).toEqual([{ a: '1', b: '市场' }])
  })

  test('a request’s charset says more than the policy', () => {
    const policy = { format: 'csv', required: ['a'], encoding: 'auto' } as const
    expect(readRows(policy, table(GB), { encoding: 'utf-8' })[0]?.error).toBe('unreadable-line')
  })
})

test('a character that the first bytes cut in two does not make it another encoding', () => {
  const text = Buffer.from(`${'x'.repeat(HEAD_BYTES - 1)}市场`)
  expect(detectEncoding(text)).toBe('utf-8')
  expect(detectEncoding(text.subarray(0, HEAD_BYTES + 1))).toBe('utf-8')
})

test.each([
  ['<?xml version="1.0" encoding="GB2312"?>', 'gb18030'],
  ["<?xml version='1.0' encoding='utf-8'?>", 'utf-8'],
  ['<?xml version="1.0"?>', 'utf-8'],
])('an XML declaration %s means %s', (declaration, encoding) => {
  expect(detectEncoding(Buffer.from(declaration))).toBe(encoding)
})
