import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { archive } from '../../test/support/archive.ts'
import { gbk } from '../../test/support/gbk.ts'
import { contentFault } from './content.ts'
import type { Row, RowFormat } from './row.ts'
import { createRowReader } from './row-reader.ts'

const bytes = (text: string) => Buffer.from(text)
const CHINESE = '文书号,当事人,金额\n一号,太原饭店,罚款五百元\n二号,晋源超市,警告\n'

describe('what is said to be', () => {
  it.each([
    ['csv', archive([{ name: 'a.csv', content: 'a' }]), 'a ZIP archive or an Excel workbook'],
    ['csv', gzipSync('a,b'), 'a gzip file'],
    ['csv', Buffer.alloc(0), undefined],
    ['csv', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'an old Office file'],
    ['csv', bytes('%PDF-1.7'), 'a PDF document'],
    ['csv', bytes('\n <!DOCTYPE html><html>'), 'a web page (HTML)'],
    ['csv', bytes('<?xml version="1.0"?><a/>'), 'XML'],
    ['csv', bytes('[{"a":1}]'), 'JSON'],
    ['csv', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), 'text in UTF-16'],
    ['csv', Buffer.from('a,b\n1,2\n', 'utf16le'), 'binary data'],
    ['xml', bytes('<html><body>login</body></html>'), 'a web page (HTML)'],
    ['xml', bytes('{"a":1}'), 'JSON'],
    ['json', bytes('<records/>'), 'XML'],
    ['ndjson', bytes('<!doctype html>'), 'a web page (HTML)'],
    ['xlsx', bytes('a,b\n1,2\n'), 'other text'],
    ['xlsx', Buffer.from('d0cf11e0', 'hex'), 'an old Office file'],
  ] as const)('%s and is not is told what it is', (format, content, is) => {
    const fault = contentFault(format, 'utf-8', content)
    if (is === undefined) expect(fault).toBeUndefined()
    else expect(fault?.en).toContain(`and is ${is}`)
  })

  it.each([
    ['csv', 'a,b\n1,2\n'],
    ['csv', '\ufeff"a","b"\n'],
    ['csv', '{x},b\n'],
    ['csv', CHINESE],
    ['ndjson', '{"a":1}\n'],
    ['ndjson', 'nonsense\n{"a":1}\n'],
    ['json', ' [{"a":1}]'],
    ['json', '{"rows":[]}'],
    ['xml', '\ufeff<?xml version="1.0"?><a/>'],
    ['xml', '<fields/>'],
    ['hj212', '<html>'],
  ] as const)('%s and is, is read: %j', (format: RowFormat, text) => {
    expect(contentFault(format, 'utf-8', bytes(text))).toBeUndefined()
  })

  it('in one encoding and is in the other is told so', () => {
    expect(contentFault('csv', 'utf-8', gbk(CHINESE))?.en).toContain('said to be UTF-8 and is GB 18030')
    expect(contentFault('csv', 'gb18030', bytes(CHINESE))?.en).toContain('said to be GB 18030 and is UTF-8')
    expect(contentFault('csv', 'gb18030', gbk(CHINESE))).toBeUndefined()
    expect(contentFault('csv', 'auto', gbk(CHINESE))).toBeUndefined()
  })

  it('one bad row is a bad row, not another encoding', () => {
    const one = Buffer.concat([bytes('a,b\n1,2\n3,4\n5,6\n'), gbk('七,八\n'), bytes('9,9\n')])
    expect(contentFault('csv', 'utf-8', one)).toBeUndefined()
    expect(contentFault('csv', 'utf-8', Buffer.concat([bytes(CHINESE), gbk('三号,某店,罚款\n')]))).toBeUndefined()
  })

  it('a text that is cut in the middle of a character is still its own', () => {
    const long = bytes(CHINESE.repeat(100))
    for (const cut of [4_094, 4_095, 4_096]) expect(contentFault('csv', 'utf-8', long.subarray(0, cut))).toBeUndefined()
    const foreign = gbk(CHINESE.repeat(100))
    for (const cut of [4_095, 4_096]) expect(contentFault('csv', 'utf-8', foreign.subarray(0, cut))).toBeDefined()
  })
})

describe('a file that is not what it is said to be', () => {
  it('is one reject, with its bytes', async () => {
    const page = bytes(`<html>${'<p>login</p>\n'.repeat(100)}</html>`)
    const read = createRowReader({ format: 'csv', required: ['a'] }, 'a.csv')
    const rows: Row[] = []
    for await (const batch of read(Readable.from([page.subarray(0, 9), page.subarray(9)]))) rows.push(...batch)
    expect(rows).toMatchObject([{ line: 1, error: 'wrong-content' }])
    expect(Buffer.from(rows[0]?.raw ?? [])).toEqual(page)
  })
})
