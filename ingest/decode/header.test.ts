import { describe, expect, it } from 'vitest'
import { headerFault } from './header.ts'
import { readRows } from './row-reader.ts'

const needs = { required: ['CF_WSH', 'CF_JDRQ', '处罚金额'], oneOf: [['CF_CFLB', 'CF_CFLB1']] }

describe('a header', () => {
  it('that has all that is needed is right, with one name of each group, whatever else it has', () => {
    expect(headerFault(['x', 'CF_WSH', 'CF_JDRQ', '处罚金额', 'CF_CFLB1'], needs)).toBeUndefined()
  })

  it('says which columns were expected, which came, and which are meant', () => {
    const fault = headerFault(['CF_WS', 'cf-jdrq', '处罚金额', 'CF_CFLB', '备注'], needs)
    expect(fault?.zh).toBe(
      '表头缺少列 CF_WSH、CF_JDRQ; 应有 CF_WSH、CF_JDRQ、处罚金额、CF_CFLB 或 CF_CFLB1; 实有 CF_WS、cf-jdrq、处罚金额、CF_CFLB、备注; 也许是 CF_WS → CF_WSH、cf-jdrq → CF_JDRQ',
    )
    expect(fault?.en).toContain('the header lacks CF_WSH, CF_JDRQ')
    expect(fault?.en).toContain('there are CF_WS, cf-jdrq')
    expect(fault?.en).toContain('perhaps CF_WS → CF_WSH, cf-jdrq → CF_JDRQ')
  })

  it('that is a row says so, and nothing of the row', () => {
    const fault = headerFault(['140105197203071235', '张三', '13912345678', '罚款'], needs)
    expect(JSON.stringify(fault)).not.toMatch(/张三|139|1401/)
    expect(fault?.en).toContain('the first line may be no header')
  })

  it('does not repeat what may be the number of a person, nor endless names', () => {
    const fault = headerFault(['CF_WSH', '13912345678', 'x'.repeat(5_000), ...Array(10_000).fill('y')], needs)
    expect(JSON.stringify(fault)).not.toMatch(/139123|xxx/)
    expect(JSON.stringify(fault).length).toBeLessThan(2_000)
  })

  it.each([
    [';', ['CF_WSH;CF_JDRQ;处罚金额'], 'separated by ;'],
    ['a tab', ['CF_WSH\tCF_JDRQ'], 'separated by Tab'],
  ])('that is separated by %s says so', (_, names, said) => {
    expect(headerFault(names, needs)?.en).toContain(said)
  })

  it('that names a column twice is wrong', () => {
    expect(headerFault(['a', 'b', 'a'], { required: ['a'] })?.en).toBe('the header names a twice')
  })
})

describe('a file under a header that does not fit', () => {
  const policy = { format: 'csv', required: ['a', 'b'] } as const

  it('is one reject with all that came, and its records stay as they were', () => {
    const file = 'a,c\n1,"two\nlines"\n3,4\n\nnot,enough,values\n'
    const rows = readRows(policy, Buffer.from(file))
    expect(rows).toMatchObject([{ line: 1, offset: 0, error: 'wrong-header' }])
    expect(Buffer.from(rows[0]?.raw ?? []).toString()).toBe('a,c\n1,"two\nlines"\n3,4\nnot,enough,values')
    expect(rows[0]?.error === undefined ? '' : rows[0].hint.en).toContain('3 records and')
  })

  it('keeps what quotes are not closed, and tells of a line that is too long by itself', () => {
    const rows = readRows(policy, Buffer.from(`a,c\n"1,2\n${'x'.repeat(70)}\n3,4\n`), { maxLineBytes: 60 })
    expect(rows.map(({ line, error }) => [line, error])).toEqual([
      [3, 'line-too-long'],
      [1, 'wrong-header'],
    ])
    expect(Buffer.from(rows[1]?.raw ?? []).toString()).toBe('a,c\n"1,2\n3,4')
  })

  it('is a reject for each mebibyte where it is larger, each a file with the header, and no record lost or doubled', () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `${i},${'z'.repeat(80)}`)
    const rows = readRows(policy, Buffer.from(['a,c', ...lines, ''].join('\n')))
    expect(rows.length).toBe(3)
    const kept = rows.flatMap((row) => {
      const [header, ...records] = Buffer.from(row.raw).toString().split('\n')
      expect(header).toBe('a,c')
      expect(row.raw.length).toBeLessThanOrEqual((1 << 20) + 100)
      expect(records[0]).toBe(lines[row.line - 1])
      return records
    })
    expect(kept).toEqual(lines)
  })

  it('is taken where one name of each group is there', () => {
    const either = { ...policy, oneOf: [['c', 'd']] }
    expect(readRows(either, Buffer.from('a,b,d\n1,2,3\n'))).toMatchObject([{ fields: { d: '3' } }])
    expect(readRows(either, Buffer.from('a,b\n1,2\n1,2\n'))).toMatchObject([{ error: 'wrong-header' }])
  })
})
