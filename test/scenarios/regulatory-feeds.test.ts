import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadPolicySet } from '../../app/policies.ts'
import type { Observation } from '../../core/observation.ts'
import { REJECT_REASONS, type RejectReason } from '../../core/reject.ts'
import type { ReadableRow } from '../../ingest/decode/row.ts'
import { formatOfName, readRows } from '../../ingest/decode/row-reader.ts'
import { type CompiledFeed, compileFeed } from '../../ingest/mapping/compile-feed.ts'

const set = loadPolicySet(fileURLToPath(new URL('../../policies/', import.meta.url)), 'city')
const examples = new URL('../../examples/', import.meta.url)
/** What devices speak has doors and tests of its own. */
const isFiled = (feed: string) => /^(?:csv|ndjson|json)$/.test(set.feeds.get(feed)?.format ?? '')
const files = readdirSync(examples).filter((name) => isFiled(name.slice(0, name.indexOf('.'))))
const secrets = { personalKey: Buffer.from('a key of this test'), legacyCodes: set.legacyCodes }
const received = Date.UTC(2026, 10, 25)
const context = { source: 'example', received, occurrence: () => 0 }
const utc = (text: string) => Date.parse(text)

function feedOf(name: string): CompiledFeed {
  const policy = set.feeds.get(name)
  if (policy === undefined) throw new Error(`the set has no feed ${name}`)
  return compileFeed(policy, set.realm, secrets)
}

function rowsOf(file: string): ReadableRow[] {
  const name = file.slice(0, file.indexOf('.'))
  const format = formatOfName(file)
  const bytes = readFileSync(new URL(file, examples))
  const rows = readRows(feedOf(name).policy, bytes, format === undefined ? {} : { format })
  return rows.map((row) => {
    if (row.error !== undefined) throw new Error(`${file} line ${row.line}: ${row.error} ${row.hint.en}`)
    return row
  })
}

function observe(file: string): Observation[] {
  const feed = feedOf(file.slice(0, file.indexOf('.')))
  return rowsOf(file).flatMap((row) => {
    const { kept, rejected } = feed.mapRow(row, context)
    if (kept === undefined) throw new Error(`${file} line ${row.line}: ${rejected.reason} ${rejected.hint.en}`)
    return kept.observations
  })
}

/** The first row of an example with some of its values exchanged. */
function changed(file: string, changes: Readonly<Record<string, string>>) {
  const [row] = rowsOf(file)
  if (row === undefined) throw new Error(`${file} is empty`)
  const fields = { ...row.fields, ...changes }
  const mapped = feedOf(file.slice(0, file.indexOf('.'))).mapRow(
    { ...row, columns: Object.keys(fields), fields },
    context,
  )
  return mapped.kept === undefined ? { reason: mapped.rejected.reason, hint: mapped.rejected.hint } : mapped.kept
}

describe('every regulatory feed of the city', () => {
  it('has an example', () => {
    expect([...new Set(files.map((file) => file.slice(0, file.indexOf('.'))))].sort()).toEqual(
      [...set.feeds.keys()].filter(isFiled).sort(),
    )
  })

  it.each(files)('understands every row of its example, whose causes and districts the realm knows: %s', (file) => {
    const observations = observe(file)
    expect(observations.length).toBeGreaterThanOrEqual(20)
    for (const { cause, district, industry } of observations) {
      if (cause !== '') expect(set.realm.causes).toHaveProperty(cause)
      if (district !== '') expect(set.realm.districts).toHaveProperty(district)
      if (industry !== '') expect(set.realm.industries).toHaveProperty(industry)
    }
    expect(JSON.stringify(observations)).not.toMatch(/14010018\d{9}[\dX]|"140\d{8}"/)
  })

  it.each<[string, Record<string, string>, RejectReason, string]>([
    ['penalties.before-2018.csv', { CF_JDRQ: '2026/02/30' }, 'bad-date', 'CF_JDRQ'],
    [
      'penalties.before-2018.csv',
      { CF_XDR_SHXYM: '', CF_XDR_ZDM: '', CF_XDR_MC: '' },
      'unknown-subject',
      'CF_XDR_SHXYM',
    ],
    ['penalties.csv', { CF_NR_FK: '五万' }, 'bad-number', 'CF_NR_FK|CF_JG'],
    ['permits.before-2018.csv', { SJC: '' }, 'missing-value', 'SJC'],
    ['administrative-acts.csv', { 行为类别: '行政指导' }, 'unknown-code', '行为类别: "行政指导"'],
    ['court-bulletins.csv', { 名单类型: '老赖' }, 'unknown-code', '名单类型'],
    ['credit-china-lists.csv', { F_MDLB: '7' }, 'no-observation-applies', 'no condition'],
    ['credit-china-lists.csv', { F_SHXYDM: '91140105MA0T100093' }, 'bad-check-digit', 'character 18 should be 2'],
    ['watch-lists.csv', { 领域: '娱乐' }, 'unknown-code', '领域'],
    ['operation-lists.csv', { 列入日期: '去年' }, 'bad-date', '列入日期'],
    ['registration-changes.csv', { 变更流水号: '' }, 'missing-value', '变更流水号'],
    ['complaints-12315.csv', { 登记时间: '2027-01-01 00:00:00' }, 'impossible-time', '登记时间'],
    ['tolerant-acceptances.csv', { 承诺补齐日期: '尽快' }, 'bad-date', '承诺补齐日期'],
    ['public-evaluations.csv', { 评价得分: '很高' }, 'bad-number', '评价得分'],
    ['credit-report-uses.ndjson', { uscc: '91140105' }, 'bad-code-shape', 'uscc: 8 characters'],
    ['voluntary-registrations.csv', { 类别: '其他' }, 'unknown-code', '类别'],
    ['tax-arrears.csv', { 欠税余额: '1万美元' }, 'bad-number', '欠税余额'],
    ['utility-use.csv', { 类别: '蒸汽' }, 'no-observation-applies', 'no condition'],
    ['interviews.csv', { 约谈类型: '座谈' }, 'unknown-code', '约谈类型'],
    ['interviews.csv', { 整改期限: '尽快' }, 'bad-date', '整改期限'],
    ['social-insurance.csv', { 核定时间: '' }, 'missing-value', '核定时间'],
    ['inspections.ndjson', { checked_at: 'soon' }, 'bad-date', 'checked_at'],
  ])('rejects what it cannot use, and says why: %s %j', (file, changes, reason, hint) => {
    const rejection = changed(file, changes)
    expect(rejection).toMatchObject({ reason })
    expect('hint' in rejection ? rejection.hint.en : '').toContain(hint)
  })
})

it('whatever stands in a row, it is kept or rejected with a reason, in every feed', () => {
  const wild = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.constantFrom(
      '',
      '\\N',
      '/',
      '0',
      '-1e400',
      '2026-02-31',
      '46083.5',
      '５万元',
      '￥',
      '撤销',
      '(a+)+$',
      '9'.repeat(400),
    ),
  )
  const rows = files.flatMap((file) => {
    const feed = feedOf(file.slice(0, file.indexOf('.')))
    return rowsOf(file)
      .slice(0, 3)
      .map((row) => ({ feed, row }))
  })
  fc.assert(
    fc.property(
      fc.constantFrom(...rows),
      fc.array(fc.tuple(fc.nat(), wild), { maxLength: 4 }),
      ({ feed, row }, changes) => {
        const fields = { ...row.fields }
        for (const [at, text] of changes) fields[row.columns[at % row.columns.length] ?? ''] = text
        const mapped = feed.mapRow({ ...row, fields }, context)
        expect((mapped.kept === undefined) !== (mapped.rejected === undefined)).toBe(true)
        if (mapped.rejected !== undefined) expect(REJECT_REASONS).toContain(mapped.rejected.reason)
        for (const { value, known, unit } of mapped.kept?.observations ?? []) {
          expect(Number.isSafeInteger(known)).toBe(true)
          if (unit === 'fen' && value !== null) expect(Number.isInteger(value)).toBe(true)
        }
      },
    ),
    { numRuns: 3_000 },
  )
})

describe('double publicity under the names of before 2018 and those of 2018', () => {
  const feed = feedOf('penalties')
  const common = { CF_WSH: '并市罚〔2026〕1号', CF_XDR_SHXYM: '91140105MA0T100092' }
  const older = {
    ...common,
    CF_CFMC: '食品卫生处罚',
    CF_CFLB1: '罚款',
    CF_JG: '罚款 2.3 万元',
    CF_JDRQ: '2026/03/02',
    CF_XZJG: '市场监管局',
    CF_ZT: '0',
    DFBM: '140105',
    SJC: '2026/03/05',
  }
  const newer = {
    ...common,
    CF_WFXW: '食品卫生',
    CF_CFLB: '罚款',
    CF_NR_FK: '2.3',
    CF_JDRQ: '2026-03-02',
    CF_CFJG: '市场监管局',
    CF_CFJGDM: '11140100YX0000016C',
    DFBM: '140105',
    SJC: '2026-03-05 00:00:00',
  }
  const map = (fields: Record<string, string>) =>
    feed.mapRow({ line: 2, offset: 0, raw: new Uint8Array(), columns: Object.keys(fields), fields }, context)

  it('are one record with the same meaning, to the fen and the millisecond', () => {
    const [left, right] = [map(older).kept, map(newer).kept]
    expect(left?.record).toBe(right?.record)
    const { content: _one, ...before } = left?.observations[0] ?? {}
    const { content: _other, ...after } = right?.observations[0] ?? {}
    expect(before).toEqual(after)
    expect(right?.observations[0]).toMatchObject({
      kind: 'penalty',
      authority: 'market-supervision',
      cause: 'food-hygiene',
      value: 2_300_000,
      unit: 'fen',
      decided: utc('2026-03-02T00:00+08:00'),
      known: utc('2026-03-05T00:00+08:00'),
      facts: { severity: 'general' },
    })
  })

  it.each([
    [{ CF_XDR_GSDJ: ' 140100200012345 ' }, /^number:registration-number:140100200012345$/],
    [{ CF_XDR_ZDM: 'MA0T10009' }, /^number:organisation-code:MA0T10009$/],
    [{ CF_XDR_SFZ: '140100180101010011' }, /^person:tk:[0-9a-f]{20}$/],
    [{ CF_XDR_MC: '示例食品店' }, /^name:示例食品店$/],
  ])(
    'are about whom the register knows by another number, a person or a name, where there is no code: %j',
    (who, subject) => {
      const { CF_XDR_SHXYM: _, ...without } = older
      expect(map({ ...without, CF_XDR_SHXYM: '', ...who }).kept?.subject).toMatch(subject)
    },
  )

  it('of one document about two persons are two records', () => {
    const [one, other] = ['140100180101010011', '140100180101010022'].map(
      (CF_XDR_SFZ) => map({ ...older, CF_XDR_SHXYM: '', CF_XDR_SFZ }).kept?.record,
    )
    expect(one).toBeDefined()
    expect(one).not.toBe(other)
  })

  it('are withdrawn under either name', () => {
    for (const row of [
      { ...older, CF_ZT: '1' },
      { ...newer, BZ: '撤销' },
    ])
      expect(map(row).kept?.observations.map(({ kind }) => kind)).toEqual(['withdrawal'])
  })

  it.each([
    ['警告', 'minor'],
    ['罚款、没收违法所得', 'general'],
    ['罚款;吊销许可证件', 'serious'],
    ['责令停产停业', 'serious'],
    ['其他', 'general'],
  ])('are as grave as their gravest part: %s', (CF_CFLB, severity) => {
    expect(map({ ...newer, CF_CFLB }).kept?.observations[0]?.facts.severity).toBe(severity)
  })

  it('are rejected where neither name is in the file', () => {
    const { CF_CFLB: _, ...without } = newer
    expect(map(without).rejected).toEqual({
      reason: 'wrong-columns',
      hint: { zh: '没有列 CF_CFLB 或 CF_CFLB1', en: 'there is no column CF_CFLB or CF_CFLB1' },
    })
  })
})

describe('what the mappings make of the examples', () => {
  it('the eight administrative acts, each under its own name', () => {
    const acts = new Set(observe('administrative-acts.csv').map(({ facts }) => facts.act))
    expect([...acts].sort()).toEqual([
      'adjudication',
      'compensation',
      'compulsion',
      'confirmation',
      'levy',
      'payment',
      'reward',
      'supervision',
    ])
  })

  it('the six list kinds of Credit China, none of which moves a class', () => {
    const made = observe('credit-china-lists.csv')
    expect(new Set(made.map(({ kind, facts }) => `${kind} ${facts.list ?? ''}`.trim()))).toEqual(
      new Set(['credit-overview', 'permit', 'list-entry red', 'penalty', 'list-entry watch', 'list-entry black']),
    )
    expect(new Set(made.map(({ trust }) => trust))).toEqual(new Set(['reported']))
  })

  it('lists that were left are exits, and the seven sectors of the watch lists', () => {
    for (const file of ['watch-lists.csv', 'operation-lists.csv'])
      expect(new Set(observe(file).map(({ kind }) => kind))).toEqual(new Set(['list-entry', 'list-exit']))
    expect(new Set(observe('watch-lists.csv').map(({ facts }) => facts.sector)).size).toBe(7)
  })

  it('court bulletins of both kinds', () => {
    const made = observe('court-bulletins.csv').filter(({ kind }) => kind === 'court-listing')
    expect(new Set(made.map(({ cause, facts }) => `${cause} ${facts.list}`))).toEqual(
      new Set(['enforcement-default judgment-defaulter', 'false-litigation false-litigation']),
    )
    const factsOf = (具体情形: string) => changed('court-bulletins.csv', { 具体情形 })
    expect(factsOf('以伪造证据、暴力、威胁等方法妨碍、抗拒执行')).toMatchObject({
      observations: [{ facts: { term: 'extended' } }],
    })
    expect(JSON.stringify(factsOf('违反财产报告制度'))).not.toContain('"term"')
  })

  it('a public evaluation keeps its scheme, for a letter means nothing without it', () => {
    const made = observe('public-evaluations.csv')
    expect(new Set(made.map(({ kind }) => kind))).toEqual(new Set(['public-evaluation']))
    expect(new Set(made.map(({ facts }) => facts.scheme)).size).toBe(3)
    expect(new Set(made.map(({ facts }) => facts.grade))).toEqual(
      new Set(['excellent', 'good', 'fair', 'poor', 'other']),
    )
  })

  it('a voluntary registration is reported until an authority has looked', () => {
    const made = observe('voluntary-registrations.csv')
    expect(new Set(made.map(({ trust, facts }) => `${facts.state} ${trust}`))).toEqual(
      new Set(['declared reported', 'verified verified', 'false verified']),
    )
    const before = changed('voluntary-registrations.csv', { 核实状态: '待核实' })
    const after = changed('voluntary-registrations.csv', { 核实状态: '已核实', 核实日期: '2026-02-01' })
    expect('record' in before && 'record' in after && before.record === after.record).toBe(true)
  })

  it('a promise to supply papers is due at the end of its day', () => {
    const kept = changed('tolerant-acceptances.csv', { 承诺补齐日期: '2026/3/2' })
    expect('observations' in kept ? kept.observations[0]?.facts.deadline : '').toBe(
      String(utc('2026-03-02T23:59:59.999+08:00')),
    )
  })

  it('a month is one record however it is written', () => {
    const records = ['2026-03', '2026年3月', '202603'].map((month) => {
      const kept = changed('utility-use.csv', { 所属月份: month })
      return 'record' in kept ? kept.record : ''
    })
    expect(new Set(records).size).toBe(1)
  })
})
