import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { REJECT_REASONS } from '../../core/reject.ts'
import type { ReadableRow } from '../decode/row.ts'
import { compileFeed, type Mapped, type RowContext } from './compile-feed.ts'
import { validateFeedPolicy } from './feed-policy.ts'

const received = Date.UTC(2026, 10, 22)
const context: RowContext = { source: 'folder/penalties-2026.csv', received, occurrence: () => 0 }
const secrets = { personalKey: new Uint8Array(32).fill(1), legacyCodes: new Set(['91350100M0001TGQXM']) }
const realm = { realm: 'city', clock: 'live', zoneOffsetMinutes: 480, placeGridMilliDegrees: 10 } as const

const policyJson = {
  feed: 'penalties',
  name: { zh: '行政处罚', en: 'Penalties' },
  format: 'csv',
  authority: { column: 'organ', table: { 市场监管局: 'market' }, otherwise: 'unknown' },
  trust: 'verified',
  lateAfterMinutes: 1440,
  required: ['organ', 'number', 'code', 'date'],
  key: ['organ', 'number'],
  version: { column: 'stamp' },
  subject: {
    kind: 'enterprise',
    scheme: 'uscc',
    id: { column: 'code' },
    latitude: { column: 'lat' },
    longitude: { column: 'lon' },
  },
  district: { column: 'district' },
  observations: [
    {
      part: 'penalty',
      kind: 'penalty',
      cause: { column: 'cause', table: { 卫生: 'food-hygiene' }, otherwise: 'other' },
      occurred: { column: 'act', date: 'yyyy-MM-dd' },
      known: { column: 'date', date: 'yyyy-MM-dd' },
      value: { column: 'fine', times: 1_000_000 },
      missing: ['', 'NA', 'null', '\\n'],
      unit: 'fen',
      facts: {
        person: { column: 'person', personal: true },
        text: { column: 'text' },
        ended: { column: 'end', date: 'iso' },
      },
    },
    {
      part: 'suspended',
      kind: 'administrative-act',
      when: [{ column: 'kind', in: ['停业'] }],
      known: { column: 'date', date: 'yyyy-MM-dd' },
    },
  ],
}
const policy = validateFeedPolicy(policyJson)
const compiled = compileFeed(policy, realm, secrets)

const good = {
  number: '1号',
  organ: '市场监管局',
  code: '91140105MA0T100092',
  date: '2026-11-20',
  stamp: '3',
  fine: '1.23',
  kind: '罚款',
}

function row(fields: Record<string, string>): ReadableRow {
  return { line: 2, offset: 10, raw: new Uint8Array(), columns: Object.keys(fields), fields }
}

function map(changes: Record<string, string>): Mapped {
  return compiled.mapRow(row({ ...good, ...changes }), context)
}

describe('a row becomes the observations that its policy names', () => {
  test('with times, exact units, tables and the place in the source', () => {
    const { kept } = map({ act: '2026-10-01', cause: '卫生', lat: '37.86', lon: '112.55', district: '140105' })
    expect(kept?.version).toBe(3)
    expect(kept?.observations).toEqual([
      {
        realm: 'city',
        feed: 'penalties',
        record: kept?.record,
        part: 'penalty',
        id: `penalties/${kept?.record}/penalty`,
        version: 3,
        content: kept?.content,
        kind: 'penalty',
        subject: 'uscc:91140105MA0T100092',
        authority: 'market',
        trust: 'verified',
        district: '140105',
        industry: '',
        cause: 'food-hygiene',
        occurred: Date.UTC(2026, 8, 30, 16),
        decided: 0,
        published: 0,
        known: Date.UTC(2026, 10, 19, 16),
        received,
        value: 1_230_000,
        unit: 'fen',
        facts: { place: 'place:3786:11255', latitude: '37.86', longitude: '112.55' },
        source: context.source,
        line: 2,
        gone: 0,
      },
    ])
  })

  test.each([[''], ['NA'], ['null'], ['\\n']])('a value of "%s" is kept as missing', (fine) => {
    const [penalty] = map({ fine }).kept?.observations ?? []
    expect([penalty?.value, penalty?.facts.quality]).toEqual([null, 'missing'])
  })

  test('a legacy code that fails its check digit is kept and marked', () => {
    const [penalty] = map({ code: ' 91350100m0001tgqxm ' }).kept?.observations ?? []
    expect([penalty?.subject, penalty?.facts.usccStatus]).toEqual(['uscc:91350100M0001TGQXM', 'legacy'])
  })

  test('personal columns and numbers in free text never leave as they came', () => {
    const { kept } = map({ person: '张三', text: '联系13800138000' })
    expect(JSON.stringify(kept)).not.toMatch(/张三|13800138000/)
    expect(kept?.observations[0]?.facts.person).toMatch(/^tk:/)
    expect(map({ person: ' 张三 ' }).kept?.observations[0]?.facts.person).toBe(kept?.observations[0]?.facts.person)
  })
})

describe('what cannot be used is rejected with a reason and the column to mend', () => {
  test.each([
    [{ code: '' }, 'unknown-subject', 'code'],
    [{ code: '\\n' }, 'unknown-subject', 'code'],
    [{ code: '91140105MA0T10009' }, 'bad-code-shape', 'code: 17 characters'],
    [{ code: '91140105MA0T1O0092' }, 'bad-code-shape', 'code: character 14'],
    [{ code: '91140105MA0T100093' }, 'bad-check-digit', 'code: character 18 should be 2'],
    [{ code: '91350211M0000XUF46' }, 'bad-check-digit', 'code: character 18 should be R'],
    [{ date: '' }, 'missing-value', 'date'],
    [{ date: '2014-02-30' }, 'bad-date', 'date'],
    [{ act: 'soon' }, 'bad-date', 'act'],
    [{ date: '2026-11-24' }, 'impossible-time', 'date'],
    [{ date: '0001-01-01' }, 'impossible-time', 'date'],
    [{ fine: '多' }, 'bad-number', 'fine'],
    [{ number: '', organ: ' ' }, 'missing-value', 'organ+number'],
    [{ stamp: '' }, 'missing-value', 'stamp'],
    [{ stamp: '1.5' }, 'bad-number', 'stamp'],
  ])('%j is %s', (changes, reason, hint) => {
    const { rejected } = map(changes)
    expect(rejected?.reason).toBe(reason)
    expect(rejected?.hint.en).toContain(hint)
  })

  test('a day ahead of the clock is let pass, and in a replayed past no date is in the future', () => {
    expect(map({ date: '2026-11-23' }).rejected).toBeUndefined()
    const replayed = compileFeed(policy, { ...realm, clock: 'event' }, secrets)
    expect(replayed.mapRow(row({ ...good, date: '2030-01-01' }), context).rejected).toBeUndefined()
  })

  test('a hint does not repeat a personal number', () => {
    expect(JSON.stringify(map({ date: '13800138000' }).rejected?.hint)).not.toContain('13800138000')
  })
})

describe('records and their versions', () => {
  test('the envelope orders versions and is no content', () => {
    const posted = compileFeed(
      validateFeedPolicy({ ...policyJson, envelope: ['stamp'] }),
      { ...realm, clock: 'event' },
      secrets,
    )
    const [first, again] = ['1', '2'].map((stamp) => posted.mapRow(row({ ...good, stamp }), context).kept)
    expect([first?.version, again?.version]).toEqual([1, 2])
    expect(again?.content).toBe(first?.content)
  })

  test('the key names the record, the content its version', () => {
    const [first, second, other] = [map({}), map({ fine: '2' }), map({ number: '2号' })]
    expect(second.kept?.record).toBe(first.kept?.record)
    expect(second.kept?.content).not.toBe(first.kept?.content)
    expect(other.kept?.record).not.toBe(first.kept?.record)
  })

  test('the order of columns and new empty columns do not make a new version', () => {
    const turned = Object.fromEntries(Object.entries({ ...good, remark: '' }).reverse())
    expect(compiled.mapRow(row(turned), context).kept?.content).toBe(map({}).kept?.content)
  })

  test('without a key, equal rows of a file are told apart by their number', () => {
    const keyless = compileFeed({ ...policy, key: [] }, realm, secrets)
    const nth = (n: number) => keyless.mapRow(row(good), { ...context, occurrence: () => n }).kept?.record
    expect(nth(0)).toBe(nth(0))
    expect(nth(1)).not.toBe(nth(0))
  })

  test('where the file names the subject, equal rows of two files are two records', () => {
    const series = compileFeed(
      { ...policy, key: [], subject: { kind: 'device', scheme: 'series', id: { source: 'name' } } },
      realm,
      secrets,
    )
    const of = (source: string) => series.mapRow(row(good), { ...context, source }).kept
    expect(of('a/one.csv')?.subject).toBe('series:one')
    expect(of('a/one.csv')?.record).not.toBe(of('a/two.csv')?.record)
  })

  test('a new version ends the parts that it no longer has', () => {
    const before = map({ kind: '停业' }).kept
    const after = map({ kind: '罚款', stamp: '4' }).kept
    expect(before?.observations.map(({ part }) => part)).toEqual(['penalty', 'suspended'])
    if (after === undefined) throw new Error('the row should be kept')
    const [gone, ...more] = compiled.goneParts(after)
    expect(more).toEqual([])
    expect(gone).toMatchObject({
      id: before?.observations[1]?.id,
      part: 'suspended',
      version: 4,
      gone: 1,
      value: null,
      facts: {},
    })
    expect(before === undefined ? [] : compiled.goneParts(before)).toEqual([])
  })

  test('a version to which no part applies says how the record would end', () => {
    const voided = validateFeedPolicy({
      ...policyJson,
      observations: policyJson.observations.map((part) => ({ ...part, when: [{ column: 'status', notIn: ['void'] }] })),
    })
    const { rejected } = compileFeed(voided, realm, secrets).mapRow(row({ ...good, status: 'void' }), context)
    expect(rejected?.reason).toBe('no-observation-applies')
    expect(rejected?.emptied?.record).toBe(map({}).kept?.record)
    expect(rejected?.emptied?.observations.map(({ part, gone }) => [part, gone])).toEqual([
      ['penalty', 1],
      ['suspended', 1],
    ])
  })
})

describe('places', () => {
  const place = compileFeed(
    {
      ...policy,
      subject: {
        kind: 'place',
        scheme: 'ward',
        id: { column: 'ward' },
        latitude: { column: 'lat' },
        longitude: { column: 'lon' },
      },
    },
    realm,
    secrets,
  )
  test.each([
    [{ lat: '41.805763', lon: '-87.6697' }, 'place:4180:-8767'],
    [{ lat: '0', lon: '0', ward: '20' }, 'place:ward:20'],
    [{ lat: '91', lon: '0', ward: '20' }, 'place:ward:20'],
    [{ ward: '' }, undefined],
  ])('%j', (changes, subject) => {
    const { kept, rejected } = place.mapRow(row({ ...good, ...changes }), context)
    expect(kept?.subject).toBe(subject)
    if (subject === undefined) expect(rejected?.reason).toBe('unknown-subject')
  })
})

describe('policies are refused with what is wrong', () => {
  test.each([
    [
      'an unknown kind',
      { observations: [{ part: 'x', kind: 'rumour', known: { column: 'd', date: 'iso' } }] },
      '/observations/0/kind',
    ],
    ['a misspelt field', { keys: ['a'] }, 'keys'],
    ['two origins', { district: { column: 'a', constant: 'b' } }, '/district'],
    [
      'an instant without a pattern',
      { observations: [{ part: 'x', kind: 'penalty', known: { column: 'd' } }] },
      '/observations/0/known',
    ],
    [
      'a pattern without a year',
      { observations: [{ part: 'x', kind: 'penalty', known: { column: 'd', date: 'MM' } }] },
      'yyyy',
    ],
    ['a part twice', { observations: [policyJson.observations[0], policyJson.observations[0]] }, 'twice'],
    ['a key that may be absent', { key: ['elsewhere'] }, '/key'],
    ['no subject', { subject: { kind: 'enterprise', scheme: 'x' } }, '/subject'],
  ])('%s', (_, changes, fault) => {
    expect(() => validateFeedPolicy({ ...policyJson, ...changes })).toThrow(fault)
  })
})

test('every readable row is kept or rejected, and nothing throws', () => {
  const wild = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.constantFrom('', 'NA', '\\n', '-1e400', '2026-02-31', '91140105MA0T100092', '１'),
  )
  const fields = fc.record(
    Object.fromEntries(
      [...Object.keys(good), 'lat', 'lon', 'act', 'text', 'person', 'end'].map((name) => [name, wild]),
    ),
  )
  fc.assert(
    fc.property(fields, fc.boolean(), (changes, sound) => {
      const mapped = compiled.mapRow(row(sound ? { ...changes, ...good } : { ...good, ...changes }), context)
      expect((mapped.kept === undefined) !== (mapped.rejected === undefined)).toBe(true)
      if (mapped.rejected !== undefined) expect(REJECT_REASONS).toContain(mapped.rejected.reason)
      for (const { known, version, id } of mapped.kept?.observations ?? []) {
        expect(Number.isSafeInteger(known) && Number.isSafeInteger(version)).toBe(true)
        expect(id).toMatch(/^penalties\/[0-9a-f]{16}\//)
      }
    }),
    { numRuns: 500 },
  )
})

const vectors = '../shared/vectors/vectors.json'
test.skipIf(!existsSync(vectors))('the published codes are kept, the early pilots only by the allow-list', () => {
  const { uscc_valid: valid, uscc_legacy_nonconforming: legacy } = JSON.parse(readFileSync(vectors, 'utf8'))
  const reasonOf = (code: string) => map({ code }).rejected?.reason
  expect(valid.map(reasonOf)).toEqual(valid.map(() => undefined))
  expect(legacy.filter((code: string) => !secrets.legacyCodes.has(code)).map(reasonOf)).toEqual(
    Array(3).fill('bad-check-digit'),
  )
})
