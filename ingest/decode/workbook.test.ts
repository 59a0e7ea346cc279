import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { archive, workbook } from '../../test/support/archive.ts'
import type { Row } from './row.ts'
import { createRowReader, readRows } from './row-reader.ts'
import { serialDate } from './workbook-cell.ts'

const text = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`
const row = (...cells: readonly string[]) => `<row>${cells.join('')}</row>`
const HEADER = row(text('a'), text('b'))

async function read(bytes: Uint8Array, over: { required?: string[]; sheet?: string; maxLineBytes?: number } = {}) {
  const { required = ['a'], sheet, maxLineBytes } = over
  const policy = { format: 'xlsx', required, ...(sheet === undefined ? {} : { sheet }) } as const
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
  }
  const rows: Row[] = []
  const options = maxLineBytes === undefined ? {} : { maxLineBytes }
  for await (const batch of createRowReader(policy, 'request', options)(chunks())) rows.push(...batch)
  return rows
}

const outcome = ({ line, fields, error }: Row) => [line, error ?? fields]

describe('a workbook', () => {
  const real = readFileSync(new URL('../../test/files/penalties.xlsx', import.meta.url))

  test('that a spreadsheet program wrote: dates by their style, texts in pieces, empty rows, a number too long', async () => {
    const rows = await read(real, { required: ['CF_WSH'], sheet: '处罚' })
    expect(rows.map(outcome)).toEqual([
      [
        2,
        {
          CF_XDR_SHXYM: '91140105MA0T100092',
          CF_WSH: '并市监罚〔2026〕1号',
          CF_CFLB: '罚款',
          CF_JDRQ: '2026-01-05',
          CF_NR_FK: '0.30000000000000004',
          SJC: '2026-01-06 08:30:15',
          BZ: '从轻处罚',
        },
      ],
      [4, expect.objectContaining({ CF_JDRQ: '1900-03-01', SJC: '2026-01-07', CF_NR_FK: '5', BZ: 'TRUE' })],
      [5, 'bad-number'],
    ])
  })

  test('keeps of each row what reads as the same row again', async () => {
    const [first] = await read(real, { required: ['CF_WSH'], sheet: '处罚' })
    const policy = { format: 'xlsx', required: ['CF_WSH'] } as const
    expect(readRows(policy, first?.raw ?? Buffer.alloc(0))[0]?.fields).toEqual(first?.fields)
  })

  test('is read from its first sheet where the policy names none, and says which sheets there are', async () => {
    expect((await read(real, { required: ['x'] })).map(outcome)).toEqual([[1, 'wrong-header']])
    expect(await read(real, { sheet: '许可' })).toMatchObject([
      { error: 'unreadable-archive', hint: { en: expect.stringContaining('说明, 处罚') } },
    ])
  })

  test('has its cells by their references, and those without one in turn', async () => {
    const sparse = '<row r="7"><c r="B7"><v>2</v></c></row><row r="9"><c r="A9"><v>1</v></c><c><v>3</v></c></row>'
    expect((await read(workbook(HEADER + sparse))).map(outcome)).toEqual([
      [7, { a: '', b: '2' }],
      [9, { a: '1', b: '3' }],
    ])
  })

  test('a bad row costs itself alone', async () => {
    const sheet = HEADER + row(text('1'), text('2'), text('3')) + row(text('x'.repeat(80))) + row(text('4'), text('5'))
    expect((await read(workbook(sheet), { maxLineBytes: 60 })).map(outcome)).toEqual([
      [2, 'wrong-columns'],
      [3, 'line-too-long'],
      [4, { a: '4', b: '5' }],
    ])
  })
})

test.each([
  [1, false, '1900-01-01'],
  [59, false, '1900-02-28'],
  [60, false, undefined],
  [61, false, '1900-03-01'],
  [46_027.354_166_67, false, '2026-01-05 08:30:00'],
  [44_565, true, '2026-01-05'],
  [-1, false, undefined],
])('the day %d is %s from 1904: %s', (serial, from1904, date) => {
  expect(serialDate(serial, from1904)).toBe(date)
})

describe('a workbook that is none, or means harm, is one reject that says why', () => {
  const bomb = { name: 'xl/worksheets/s.xml', content: Buffer.alloc(4 << 20, 0x20) }
  test.each([
    ['a table saved under the wrong name', Buffer.from('a,b\n1,2\n'), 'wrong-content'],
    ['an archive cut short', workbook(HEADER).subarray(0, 300), 'unreadable-archive'],
    ['an archive of something else', archive([{ name: 'a.csv', content: 'a\n1\n' }]), 'unreadable-archive'],
    ['a bomb that says what it becomes', archive([bomb]), 'unpacks-too-far'],
    [
      'a DOCTYPE',
      workbook('', { 'xl/worksheets/s.xml': '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><w>&x;</w>' }),
      'forbidden-doctype',
    ],
    ['an entity that nobody declared', workbook(`<row><c><v>&x;</v></c></row>`), 'unreadable-archive'],
  ])('%s', async (_, bytes, reason) => {
    expect((await read(bytes)).map(({ error }) => error)).toEqual([reason])
  })

  test('a bomb that hides what it becomes ends where it passes what it declared', async () => {
    const bytes = archive(
      [
        ['xl/workbook.xml', '<workbook><sheets><sheet name="S" r:id="r1"/></sheets></workbook>'],
        ['xl/_rels/workbook.xml.rels', '<r><Relationship Id="r1" Target="worksheets/s.xml"/></r>'],
      ].map(([name = '', content = '']) => ({ name, content })),
    )
    expect((await read(bytes)).map(({ error }) => error)).toEqual(['unreadable-archive'])
    const lying = archive([
      { name: 'xl/workbook.xml', content: '<workbook><sheets><sheet name="S" r:id="r1"/></sheets></workbook>' },
      { name: 'xl/_rels/workbook.xml.rels', content: '<r><Relationship Id="r1" Target="worksheets/s.xml"/></r>' },
      { ...bomb, declaredBytes: 1000 },
    ])
    expect((await read(lying)).map(({ error }) => error)).toEqual(['unreadable-archive'])
  })

  test('bytes that do not match their checksum', async () => {
    const entries = [
      { name: 'xl/workbook.xml', content: '<workbook><sheets><sheet name="S" r:id="r1"/></sheets></workbook>' },
      { name: 'xl/_rels/workbook.xml.rels', content: '<r><Relationship Id="r1" Target="s.xml"/></r>' },
      {
        name: 'xl/s.xml',
        content: `<worksheet>${HEADER}${row(text('1'))}</worksheet>`,
        declaredSum: 1,
      },
    ]
    expect((await read(archive(entries))).map(({ error }) => error)).toEqual([undefined, 'unreadable-archive'])
  })

  test('a text shared so often that the sheet says more than a file may', async () => {
    const shared = `<sst><si><t>a</t></si><si><t>${'y'.repeat(30_000)}</t></si></sst>`
    const cells = '<c t="s"><v>1</v></c>'.repeat(30)
    const rows = `<row><c t="s"><v>0</v></c></row>${`<row>${cells}</row>`.repeat(3)}`
    const read3 = await read(workbook(rows, { 'xl/sharedStrings.xml': shared }), { maxLineBytes: 100_000 })
    expect(read3.map(({ error }) => error)).toEqual(['line-too-long', 'line-too-long', 'line-too-long'])
  })
})
