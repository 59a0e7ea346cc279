import { describe, expect, it } from 'vitest'
import type { Reject, RejectReading } from '../../core/reject.ts'
import { PERMITS, READINGS } from '../../test/support/ingest-fixture.ts'
import { readRows } from '../decode/row-reader.ts'
import { rowsOf, wholeOf } from './reject-bytes.ts'

/** 食品 in GB 18030. */
const FOOD = [0xca, 0xb3, 0xc6, 0xb7]

function reading(change: Partial<RejectReading>): RejectReading & Pick<Reject, 'line' | 'reason'> {
  return { reason: 'unreadable-line', format: 'csv', encoding: 'utf-8', columns: [], around: {}, line: 7, ...change }
}

describe('the kept bytes of a reject', () => {
  it('of CSV are read under the header that they stood under, at their own place', () => {
    const body = Buffer.from('code,permit,decided,"a ""name"", quoted"\nX,p1,2026-01-01,"a,b"\n')
    const [row] = readRows(PERMITS, body)
    const kept = reading({ columns: row?.columns ?? [] })
    const whole = wholeOf(row?.raw ?? new Uint8Array(), kept)
    expect(rowsOf(PERMITS, whole, kept)).toMatchObject([{ line: 7, fields: row?.fields }])
  })

  it('in GB 18030 become UTF-8, in which a steward mends them', () => {
    const raw = Buffer.concat([Buffer.from('X,'), Buffer.from(FOOD), Buffer.from(',2026-01-01')])
    const kept = reading({ encoding: 'gb18030', columns: ['code', 'permit', 'decided'] })
    const whole = wholeOf(raw, kept)
    expect(Buffer.from(whole).toString()).toBe('code,permit,decided\nX,食品,2026-01-01')
    expect(rowsOf(PERMITS, whole, kept)).toMatchObject([{ fields: { permit: '食品' } }])
  })

  it('of an array of JSON are an array again', () => {
    const raw = Buffer.from('{"code":"X","permit":"p1","decided":"2026-01-01"}')
    const kept = reading({ format: 'json' })
    expect(rowsOf(PERMITS, wholeOf(raw, kept), kept)).toMatchObject([{ line: 7, fields: { permit: 'p1' } }])
  })

  it('are read together with what came beside them', () => {
    const around = { subject: '7', device: 'd', metric: 'cod', region: '140105' }
    const kept = reading({ format: 'ndjson', around })
    const rows = rowsOf(READINGS, wholeOf(Buffer.from('{"t":1,"v":2}'), kept), kept)
    expect(rows).toMatchObject([{ fields: { t: '1', v: '2', ...around }, around }])
    expect(rows[0]?.columns).toEqual(expect.arrayContaining(['t', 'v', 'device']))
  })

  it('of a format that nobody can read any more are refused', () => {
    const kept = reading({ format: 'telex' })
    expect(() => rowsOf(PERMITS, Buffer.from('x'), kept)).toThrow('telex')
  })
})
