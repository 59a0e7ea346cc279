import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../core/time.ts'
import { NOW, testSealer } from '../test/support/ingest-fixture.ts'
import { rejectRow } from './reject-row.ts'
import { createSealer } from './sealed-bytes.ts'

const raw = Buffer.from('91140105MA0T100093,张三,13912345678')
const row = {
  realm: 'city',
  feed: 'permits',
  source: 'a.csv',
  line: 7,
  raw,
  reason: 'bad-check-digit',
  hint: 'code',
  received: NOW,
  format: 'csv',
  encoding: 'utf-8',
  columns: ['code', 'name', 'phone'],
  around: {},
  authority: 'samr',
  record: '',
  subject: '',
  known: 0,
} as const

describe('a rejected row', () => {
  it('keeps its bytes sealed, for whoever holds the key, for 180 days', () => {
    const reject = rejectRow(row, testSealer())
    expect(JSON.stringify(reject)).not.toContain('13912345678')
    expect(Buffer.from(testSealer().open(reject.id, reject.sealed))).toEqual(raw)
    expect(reject.until).toBe(NOW + 180 * DAY_MS)
  })

  it('is the same reject when the same row comes again, and another in another place', () => {
    expect(rejectRow(row, testSealer())).toEqual(rejectRow(row, testSealer()))
    expect(rejectRow({ ...row, line: 8 }, testSealer()).id).not.toBe(rejectRow(row, testSealer()).id)
  })

  it('cannot be opened with another key, under another name, or when changed', () => {
    const { id, sealed } = rejectRow(row, testSealer())
    const changed = Buffer.from(sealed, 'base64')
    changed.writeUInt8(changed.readUInt8(20) ^ 1, 20)
    expect(() => createSealer(new Uint8Array(32)).open(id, sealed)).toThrow()
    expect(() => testSealer().open(`${id}x`, sealed)).toThrow()
    expect(() => testSealer().open(id, changed.toString('base64'))).toThrow()
  })
})
