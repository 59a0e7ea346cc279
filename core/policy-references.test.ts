import { describe, expect, test } from 'vitest'
import { COMMON } from '../test/support/indicator-view.ts'
import { COMPLAINTS } from '../test/support/ingest-fixture.ts'
import { testRealm } from '../test/support/observations.ts'
import { PLACES, REPORTS } from '../test/support/steward-feeds.ts'
import type { IndicatorPolicy } from './indicator-policy.ts'
import type { RealmPolicy } from './policy.ts'
import { referenceFindings } from './policy-references.ts'

const feeds = new Map([['complaints', COMPLAINTS]])
const causes = { tested: COMMON.name }
const found = (indicator: IndicatorPolicy, more: Partial<RealmPolicy> = {}) =>
  referenceFindings(testRealm({ indicators: [indicator], causes, ...more }), feeds).map(({ en }) => en)

describe('what one part of a policy says of another', () => {
  const absence = {
    ...COMMON,
    kind: 'absence',
    select: { kinds: ['complaint'] },
    fullDays: 9,
    feed: 'complaints',
  } as const

  test('an absence that falls due before its feed can be late is noted', () => {
    expect(found({ ...absence, afterDays: 1 })).toEqual([])
    expect(found({ ...absence, afterDays: 0 })).toEqual([
      'falls due after 0 days, but the feed complaints is late only after 1',
    ])
  })

  test('rows that wait for the binding of a place need a feed that brings it', () => {
    const resolved = new Map([[REPORTS.feed, REPORTS]])
    const places = (which: typeof resolved) => referenceFindings(testRealm({ indicators: [] }), which)
    expect(places(resolved)).toMatchObject([{ kind: 'fault', place: 'feeds/reports.json /subject/resolved' }])
    expect(places(new Map([...resolved, [PLACES.feed, PLACES]]))).toEqual([])
  })

  test('both sides of a comparison and law’s times are looked for in the feeds', () => {
    const contradiction = { ...COMMON, kind: 'contradiction', comparison: 'two', graceDays: 1 } as const
    const comparisons: RealmPolicy['comparisons'] = [
      {
        ...{ id: 'two', name: COMMON.name, rule: 'never-both' },
        left: { select: { kinds: ['complaint'] } },
        right: { select: { kinds: ['utility-use'] } },
      },
    ]
    expect(found(contradiction, { comparisons })).toEqual(['no feed brings observations of the kind utility-use'])
    const rule = { name: COMMON.name, workingDays: 7, source: 'test', effective: '2019-09-30' }
    const publication = [{ ...rule, id: 'seven', select: { kinds: ['penalty'] as const } }]
    expect(found({ ...absence, afterDays: 1 }, { publication })).toEqual([
      'no feed brings observations of the kind penalty',
    ])
  })
})
