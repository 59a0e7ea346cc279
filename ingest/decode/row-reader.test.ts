import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Row, RowOptions } from './row.ts'
import { createRowReader, readRows } from './row-reader.ts'

const csv = { format: 'csv', required: ['a', 'b'] } as const
const ndjson = { format: 'ndjson', required: ['a'] } as const
const json = { format: 'json', required: ['a'] } as const
const bytes = (text: string) => Buffer.from(text)
const text = (row: Row) => Buffer.from(row.raw).toString()

async function inChunks(policy: Parameters<typeof readRows>[0], body: Buffer, size: number, options: RowOptions = {}) {
  async function* chunks() {
    for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size)
  }
  const rows: Row[] = []
  for await (const batch of createRowReader(policy, 'request', options)(chunks())) rows.push(...batch)
  return rows
}

const plain = (rows: readonly Row[]) =>
  rows.map(({ line, offset, raw, fields, error }) => ({
    line,
    offset,
    raw: Buffer.from(raw).toString('hex'),
    fields,
    error,
  }))

describe('a CSV row keeps its bytes, its offset and its line', () => {
  test('with a byte order mark, CRLF, quoted commas, doubled quotes and line feeds inside quotes', () => {
    const body = bytes('\ufeffa,b\r\n1,"x, ""y"""\r\n\r\n2,"two\nlines"\n"3",last')
    const rows = readRows(csv, body)
    expect(rows.map(({ line, fields }) => [line, fields])).toEqual([
      [2, { a: '1', b: 'x, "y"' }],
      [4, { a: '2', b: 'two\nlines' }],
      [6, { a: '3', b: 'last' }],
    ])
    for (const row of rows) {
      expect(body.subarray(row.offset, row.offset + row.raw.length)).toEqual(Buffer.from(row.raw))
    }
  })

  test('a quote inside an unquoted field is text', () => {
    expect(readRows(csv, bytes('a,b\n12" pipe,x\n'))[0]?.fields).toEqual({ a: '12" pipe', b: 'x' })
  })

  test('GB 18030 is read when the feed says so', () => {
    // 市场 in GB 18030: ca d0 b3 a1.
    const body = Buffer.concat([bytes('a,b\n1,'), Buffer.from([0xca, 0xd0, 0xb3, 0xa1]), bytes('\n')])
    expect(readRows(csv, body, { encoding: 'gb18030' })[0]?.fields).toEqual({ a: '1', b: '市场' })
    expect(readRows(csv, body)[0]?.error).toBe('unreadable-line')
  })
})

describe('a bad line costs itself alone', () => {
  test.each([
    [
      'a quote that is never closed',
      'a,b\n1,"x\n2,y\n3,z\n',
      [
        ['unreadable-line', '1,"x'],
        ['', '2,y'],
        ['', '3,z'],
      ],
    ],
    [
      'text after a closing quote',
      'a,b\n"1"x,y\n2,y\n',
      [
        ['unreadable-line', '"1"x,y'],
        ['', '2,y'],
      ],
    ],
    [
      'a stray quote that another stray quote closes',
      'a,b\n1,"x\n2,y",\n3,z\n',
      [
        ['unreadable-line', '1,"x'],
        ['wrong-columns', '2,y",'],
        ['', '3,z'],
      ],
    ],
    [
      'too few and too many values',
      'a,b\n1\n1,2,3\n2,y\n',
      [
        ['wrong-columns', '1'],
        ['wrong-columns', '1,2,3'],
        ['', '2,y'],
      ],
    ],
    [
      'a line beyond the bound',
      `a,b\n1,${'x'.repeat(80)}\n2,y\n`,
      [
        ['line-too-long', `1,${'x'.repeat(48)}`],
        ['', '2,y'],
      ],
    ],
  ])('%s', async (_, body, expected) => {
    const options = { maxLineBytes: 50 }
    for (const rows of [readRows(csv, bytes(body), options), await inChunks(csv, bytes(body), 1, options)]) {
      expect(rows.map((row) => [row.error ?? '', text(row)])).toEqual(expected)
    }
  })

  test('a file whose header lacks a required column is one reject with its header, for that may be a row', () => {
    const rows = readRows(csv, bytes('1,2\n3,4\n'))
    expect(rows.map((row) => [row.line, row.error, text(row)])).toEqual([[1, 'wrong-header', '1,2\n3,4']])
  })
})

describe('JSON records', () => {
  test('nested objects become dotted columns, null is blank, lists stay JSON', () => {
    const rows = readRows(ndjson, bytes('{"a":1.50,"b":{"c":null,"d":true},"e":[1,"x"]}\n\n{"a":"2"}\n'))
    expect(rows.map(({ line, fields }) => [line, fields])).toEqual([
      [1, { a: '1.5', 'b.c': '', 'b.d': 'true', e: '[1,"x"]' }],
      [3, { a: '2' }],
    ])
  })

  test.each([
    ['no JSON', '{"a":', 'unreadable-line'],
    ['no object', '[1]', 'unreadable-line'],
    ['a required column absent', '{"b":1}', 'wrong-columns'],
    ['nested too deep', `{"a":${'['.repeat(9)}${']'.repeat(9)}}`, 'too-deep'],
    ['objects nested too deep', `${'{"a":'.repeat(9)}1${'}'.repeat(9)}`, 'too-deep'],
    ['a whole number that lost digits', '{"a":12345678901234567890}', 'bad-number'],
  ])('%s is rejected by reason', (_, line, reason) => {
    const rows = readRows(ndjson, bytes(`${line}\n{"a":"next"}\n`))
    expect(rows.map((row) => row.error)).toEqual([reason, undefined])
  })

  test.each([
    ['a list', '[{"a":1}, {"a":"]}\\""} ,\n{"a":3}]'],
    ['rows of an object', '{"until": [7], "rows": [{"a":1},{"a":"]}\\""},{"a":3}], "more": 1}'],
  ])('%s is read element by element', async (_, body) => {
    for (const rows of [readRows(json, bytes(body)), await inChunks(json, bytes(body), 1)]) {
      expect(rows.map((row) => row.fields?.a)).toEqual(['1', ']}"', '3'])
      for (const row of rows) expect(body.slice(row.offset, row.offset + row.raw.length)).toBe(text(row))
    }
  })

  test('a list that is cut short rejects what it was cut in, and keeps the rest', () => {
    expect(readRows(json, bytes('[{"a":1},{"a":')).map((row) => row.error)).toEqual([undefined, 'unreadable-line'])
    expect(readRows(json, bytes('[{"a":1},')).map((row) => row.error)).toEqual([undefined, 'unreadable-line'])
    expect(readRows(json, bytes('{"a":1}')).map((row) => row.error)).toEqual(['unreadable-line'])
  })

  test.each([
    ['a second list', '[{"a":1}]\n[{"a":2}]', [undefined, 'unreadable-line']],
    ['words before the list', 'x[{"a":1}]', ['unreadable-line']],
    ['a list closed as an object', '[{"a":1},}]', [undefined, 'unreadable-line']],
  ])('%s is not passed over in silence', async (_, body, errors) => {
    for (const rows of [readRows(json, bytes(body)), await inChunks(json, bytes(body), 1)]) {
      expect(rows.map((row) => row.error)).toEqual(errors)
    }
  })

  test('one record beyond the bound is skipped to its end', async () => {
    const body = bytes(`[{"a":"${'x'.repeat(90)}"},{"a":2}]`)
    const rows = await inChunks(json, body, 7, { maxLineBytes: 50 })
    expect(rows.map((row) => row.error ?? row.fields?.a)).toEqual(['line-too-long', '2'])
  })
})

describe('properties', () => {
  const scraps = fc.array(
    fc.constantFrom('a', 'b', ',', '"', '""', '\n', '\r\n', '太', '{', '}', '[', ']', ':', '\\', '1', 'x', '{"a":1}'),
    { maxLength: 60 },
  )

  test('whatever the bytes and however they are cut, the same rows come and nothing throws', async () => {
    await fc.assert(
      fc.asyncProperty(
        scraps,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(csv, ndjson, json),
        async (parts, size, policy) => {
          const body = bytes((policy === csv ? 'a,b\n' : '') + parts.join(''))
          expect(plain(await inChunks(policy, body, size, { maxLineBytes: 40 }))).toEqual(
            plain(readRows(policy, body, { maxLineBytes: 40 })),
          )
        },
      ),
      { numRuns: 300 },
    )
  })

  test('every line feed of a CSV body is in exactly one row, blank line or header', () => {
    fc.assert(
      fc.property(scraps, (parts) => {
        const body = bytes(`a,b\n${parts.join('')}`)
        const rows = readRows(csv, body)
        const covered = rows.map((row) => [row.offset, row.offset + row.raw.length] as const)
        for (const [index, [from]] of covered.entries()) {
          if (index > 0) expect(from).toBeGreaterThan(covered[index - 1]?.[1] ?? 0)
        }
        const left = [...body].filter((_, at) => at >= 4 && !covered.some(([from, to]) => at >= from && at < to))
        expect(left.every((byte) => byte === 0x0a || byte === 0x0d)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('what a spreadsheet writes is read back', () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', '太'), maxLength: 8 })
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field), { maxLength: 8 }), (records) => {
        const quote = (value: string) => `"${value.replaceAll('"', '""')}"`
        const body = bytes(['a,b', ...records.map(([a, b]) => `${quote(a)},${quote(b)}`)].join('\r\n'))
        expect(readRows(csv, body).map((row) => row.fields)).toEqual(records.map(([a, b]) => ({ a, b })))
      }),
    )
  })
})
