import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Row, RowOptions } from './row.ts'
import { createRowReader, readRows } from './row-reader.ts'
import { composeXml } from './xml.ts'

const policy = { format: 'xml', required: ['CF_WSH'] } as const
const bytes = (text: string) => Buffer.from(text)

async function inChunks(body: Buffer, size: number, options: RowOptions = {}) {
  async function* chunks() {
    for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size)
  }
  const rows: Row[] = []
  for await (const batch of createRowReader(policy, 'request', options)(chunks())) rows.push(...batch)
  return rows
}

const plain = ({ line, offset, raw, fields, error }: Row) => ({ line, offset, raw: `${raw}`, fields, error })

const ENVELOPE = `<?xml version="1.0" encoding="UTF-8"?>
<ExchangeMessage><Header><sender>sjj</sender><receiver/><flow>1</flow></Header>
<Body><!-- <fields> -->
<fields><CF_WSH>并市监罚〔2026〕1号</CF_WSH><CF_NR>a &amp; b &#x4E2D;</CF_NR><BZ/></fields>
<ns:fields xmlns:ns="urn:x" id="7"><ns:CF_WSH><![CDATA[x ]] > <fields>]]></ns:CF_WSH><CF_XDR><MC lang="zh">甲</MC><MC>乙</MC></CF_XDR></ns:fields>
</Body></ExchangeMessage>`

describe('records of XML', () => {
  test('come out of their envelope with their bytes, their place and their number', () => {
    const body = bytes(ENVELOPE)
    const rows = readRows(policy, body)
    expect(rows.map(({ line, fields }) => [line, fields])).toEqual([
      [1, { CF_WSH: '并市监罚〔2026〕1号', CF_NR: 'a & b 中', BZ: '' }],
      [2, { '@id': '7', CF_WSH: 'x ]] > <fields>', 'CF_XDR.MC': '["甲","乙"]', 'CF_XDR.MC.@lang': 'zh' }],
    ])
    for (const row of rows) {
      expect(body.subarray(row.offset, row.offset + row.raw.length)).toEqual(Buffer.from(row.raw))
      expect(readRows(policy, row.raw)[0]?.fields).toEqual(row.fields)
    }
  })

  test('are the same however the bytes are cut', async () => {
    const whole = readRows(policy, bytes(ENVELOPE)).map(plain)
    for (const size of [1, 2, 3, 7, 64]) expect((await inChunks(bytes(ENVELOPE), size)).map(plain)).toEqual(whole)
  })

  test('stand in the element that the policy names, be it the root or empty', () => {
    const named = { format: 'xml', required: ['@n'], recordElement: '记录' } as const
    expect(readRows(named, bytes('<r><记录 n="1"/><记录 n="2"></记录></r>')).map(({ fields }) => fields)).toEqual([
      { '@n': '1' },
      { '@n': '2' },
    ])
    expect(readRows(named, bytes('<记录 n="1"/>'))).toHaveLength(1)
    expect(readRows(named, bytes('<r/>'))).toEqual([])
  })

  test('may be in GB 18030, with a mark, with a declaration or with neither; the end of a section is no character', () => {
    // 中 is d6 d0; a character whose second byte is `]` stands before `]>`.
    const record = Buffer.concat([
      bytes('<fields><CF_WSH><![CDATA['),
      Buffer.from([0xd6, 0xd0, 0x81, 0x5d]),
      bytes(']>]]></CF_WSH></fields>'),
    ])
    const expected = [{ CF_WSH: `中${new TextDecoder('gb18030').decode(Uint8Array.of(0x81, 0x5d))}]>` }]
    const mark = Buffer.from([0x84, 0x31, 0x95, 0x33])
    for (const before of [mark, bytes('<?xml version="1.0" encoding="GBK"?>'), bytes('')]) {
      expect(readRows(policy, Buffer.concat([before, record])).map(({ fields }) => fields)).toEqual(expected)
    }
  })

  test('put together again read as they did', () => {
    const rows = readRows(policy, bytes(ENVELOPE))
    const again = readRows(
      policy,
      composeXml(
        bytes(ENVELOPE).subarray(0, rows[0]?.offset),
        rows.map(({ raw }) => raw),
      ),
    )
    expect(again.map(({ fields }) => fields)).toEqual(rows.map(({ fields }) => fields))
  })
})

describe('a bad record costs itself alone', () => {
  const good = '<fields><CF_WSH>2</CF_WSH></fields>'
  test.each([
    ['tags that do not pair up', '<fields><CF_WSH>1</CF_XX></fields>', 'unreadable-line'],
    ['a tag that is never closed', '<fields><CF_WSH>1<a></fields>', 'unreadable-line'],
    ['an entity that nobody declared', '<fields><CF_WSH>&nbsp;</CF_WSH></fields>', 'unreadable-line'],
    ['a required element that is missing', '<fields><BZ/></fields>', 'wrong-columns'],
    ['nesting beyond the bound', `<fields><CF_WSH/>${'<a>'.repeat(9)}x${'</a>'.repeat(9)}</fields>`, 'too-deep'],
    ['a record beyond the bound', `<fields><CF_WSH>${'1'.repeat(500)}</CF_WSH></fields>`, 'line-too-long'],
    ['a section beyond the bound', `<fields><![CDATA[${'1'.repeat(500)}]]></fields>`, 'line-too-long'],
    ['an attribute without quotes', '<fields a=1><CF_WSH/></fields>', 'unreadable-line'],
  ])('%s', async (_, bad, error) => {
    const body = bytes(`<r>${good}${bad}${good}</r>`)
    const options = { maxLineBytes: 200 }
    for (const size of [1, 16, 1 << 20]) {
      expect((await inChunks(body, size, options)).map((row) => row.error)).toEqual([undefined, error, undefined])
    }
  })
})

describe('a document that cannot be followed is rejected, once, with the reason', () => {
  const laughs = `<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><r><fields><CF_WSH>&b;</CF_WSH></fields></r>`
  const outside = `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><fields><CF_WSH>&x;</CF_WSH></fields></r>`
  test.each([
    ['entities that expand', laughs, 'forbidden-doctype'],
    ['entities from outside', outside, 'forbidden-doctype'],
    ['a DOCTYPE within a record', '<r><fields><!DOCTYPE a><CF_WSH/></fields></r>', 'forbidden-doctype'],
    ['a document of other records', '<r><row><CF_WSH>1</CF_WSH></row></r>', 'unreadable-line'],
    ['what is no XML', 'CF_WSH,BZ\n1,2\n', 'unreadable-line'],
    ['a record within a tag that is none', '<N <fields/>', 'unreadable-line'],
    ['an element without a name', '<7/>', 'unreadable-line'],
    ['an end within a record', '<r><fields><CF_WSH>1</CF', 'unreadable-line'],
    ['a tag without end', `<r><a ${'b'.repeat(300)}`, 'line-too-long'],
  ])('%s', async (_, document, error) => {
    for (const size of [1, 1 << 20]) {
      const rows = await inChunks(bytes(document), size, { maxLineBytes: 200 })
      expect(rows.map((row) => row.error)).toEqual([error])
      expect(rows[0]?.raw.length).toBeLessThanOrEqual(1 << 16)
    }
  })

  test('a list without records is no fault, and neither are names in Chinese or with a prefix', () => {
    for (const list of ['<r/>', '<名单/>', '<x:list a="1"></x:list>']) expect(readRows(policy, bytes(list))).toEqual([])
  })

  test('an end between records keeps the records before it', () => {
    const rows = readRows(policy, bytes('<r><fields><CF_WSH>1</CF_WSH></fields>'))
    expect(rows.map(({ error }) => error)).toEqual([undefined, 'unreadable-line'])
  })

  test('a comment beyond the bound is passed over, and holds no memory', async () => {
    const body = bytes(`<r><!-- ${'<fields>-'.repeat(100)} --><fields><CF_WSH>1</CF_WSH></fields></r>`)
    expect((await inChunks(body, 10, { maxLineBytes: 100 })).map(({ fields }) => fields)).toEqual([{ CF_WSH: '1' }])
  })
})

test('whatever the bytes, each cut of them gives the same rows and none is lost silently', async () => {
  const piece = fc.constantFrom(
    '<fields>',
    '</fields>',
    '<CF_WSH>',
    '</CF_WSH>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    'x',
    '<',
    '"',
    "'",
    '/>',
    '<a b="',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), fc.integer({ min: 1, max: 9 }), async (pieces, size) => {
      const body = bytes(pieces.join(''))
      const whole = readRows(policy, body, { maxLineBytes: 60 })
      expect((await inChunks(body, size, { maxLineBytes: 60 })).map(({ error, fields }) => error ?? fields)).toEqual(
        whole.map(({ error, fields }) => error ?? fields),
      )
    }),
    { numRuns: 500 },
  )
})
