import { describe, expect, it } from 'vitest'
import { readRows } from './decode/row-reader.ts'
import { compileFeed } from './mapping/compile-feed.ts'
import { validateFeedPolicy } from './mapping/feed-policy.ts'
import { createTrial } from './trial.ts'

const policy = validateFeedPolicy({
  feed: 'dues',
  name: { zh: '欠费', en: 'Dues' },
  format: 'csv',
  authority: { constant: 'tax' },
  trust: 'reported',
  lateAfterMinutes: 1440,
  required: ['number', 'code', 'date', 'sum'],
  key: ['number'],
  subject: { kind: 'enterprise', scheme: 'licence', id: { column: 'code' } },
  observations: [
    { part: 'dues', kind: 'arrears', known: { column: 'date', date: 'common' }, value: { column: 'sum', unit: '元' } },
  ],
})
const realm = { realm: 'city', clock: 'live', zoneOffsetMinutes: 480, placeGridMilliDegrees: 10 } as const
const feed = compileFeed(policy, realm, { personalKey: new Uint8Array(32), legacyCodes: new Set() })

function tryAll(lines: readonly string[]) {
  const trial = createTrial(feed, 'dues.csv', Date.UTC(2026, 10, 25))
  const tried = readRows(policy, Buffer.from(['number,code,date,sum', ...lines].join('\n'))).map((row) =>
    trial.try(row),
  )
  return { tried, summary: trial.summary() }
}

describe('a trial of a file', () => {
  it('says of each row what it would become, and counts what was rejected alike together', () => {
    const { tried, summary } = tryAll([
      '1,a,2026-01-05,5',
      '2,b,2026-13-05,5',
      '3,c,2026-14-05,5',
      '4,,2026-01-05,5',
      '5,e,2026-01-05,five',
      '6,f,2026-01-05',
      '1,a,2026-01-05,6',
    ])
    expect(tried[0]).toMatchObject({ line: 2, observations: [{ subject: 'licence:a', value: 500 }] })
    expect(tried[1]).toEqual({
      line: 3,
      reason: 'bad-date',
      hint: {
        zh: 'date:"2026-13-05" 不是 common 写法的日期',
        en: 'date: "2026-13-05" is no date of the pattern common',
      },
    })
    expect(summary).toMatchObject({ rows: 7, kept: 2, observations: 2, rejected: 5, repeated: 1 })
    expect(summary.groups.map(({ reason, rows, lines }) => [reason, rows, lines])).toEqual([
      ['bad-date', 2, [3, 4]],
      ['unknown-subject', 1, [5]],
      ['bad-number', 1, [6]],
      ['wrong-columns', 1, [7]],
    ])
  })

  it('remembers a few lines of each group, however long the file', () => {
    const { summary } = tryAll(Array.from({ length: 300 }, (_, n) => `${n},a,never,5`))
    expect(summary.groups).toEqual([expect.objectContaining({ rows: 300, lines: [2, 3, 4, 5, 6] })])
  })
})
