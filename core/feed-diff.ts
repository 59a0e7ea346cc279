import type { FeedPolicy, ObservationPolicy } from './feed-policy.ts'
import type { Bilingual } from './policy.ts'
import { added, changed, compareNames, type PolicyChange, removed, withTableNames } from './policy-change.ts'

type TableNames = ReadonlyMap<object, string>
export type Tables = Readonly<Record<string, Readonly<Record<string, string>>>>

/** The feeds of two sets, and within those that both have what each row would now become. */
export function diffFeeds(
  before: { readonly feeds: ReadonlyMap<string, FeedPolicy>; readonly tables: Tables },
  after: { readonly feeds: ReadonlyMap<string, FeedPolicy>; readonly tables: Tables },
): PolicyChange[] {
  const names = compareNames(before.feeds.keys(), after.feeds.keys())
  const label = (feed: FeedPolicy | undefined): Bilingual => feed?.name ?? { zh: '', en: '' }
  const [left, right] = [namesOf(before.tables), namesOf(after.tables)]
  return [
    ...names.added.map((feed) => {
      const name = label(after.feeds.get(feed))
      return added(`feeds/${feed}`, `数据源「${name.zh}」`, `feed “${name.en}”`)
    }),
    ...names.removed.map((feed) => {
      const name = label(before.feeds.get(feed))
      return removed(`feeds/${feed}`, `数据源「${name.zh}」`, `feed “${name.en}”`)
    }),
    ...names.both.flatMap((feed) => {
      const [was, is] = [before.feeds.get(feed), after.feeds.get(feed)]
      return was === undefined || is === undefined ? [] : diffFeed(was, is, left, right)
    }),
    ...diffTables(before.tables, after.tables),
  ]
}

function namesOf(tables: Tables): TableNames {
  return new Map(Object.entries(tables).map(([name, table]) => [table, name]))
}

const FEED_WORDS = {
  name: { zh: '名称', en: 'name' },
  format: { zh: '格式', en: 'format' },
  authority: { zh: '部门', en: 'authority' },
  trust: { zh: '可信级别', en: 'trust' },
  lateAfterMinutes: { zh: '多少分钟无数据算迟到', en: 'minutes after which it is late' },
  required: { zh: '必有的列', en: 'required columns' },
  oneOf: { zh: '至少有其一的列', en: 'columns of which one must be there' },
  key: { zh: '记录的自然键', en: 'natural key' },
  version: { zh: '版本次序', en: 'order of versions' },
  subject: { zh: '监管对象', en: 'subject' },
  district: { zh: '辖区', en: 'district' },
  industry: { zh: '行业', en: 'industry' },
} as const

const PART_WORDS = {
  kind: { zh: '事实种类', en: 'kind' },
  trust: { zh: '可信级别', en: 'trust' },
  when: { zh: '条件', en: 'condition' },
  missing: { zh: '算作缺失的写法', en: 'texts that stand for missing' },
  unit: { zh: '单位', en: 'unit' },
  cause: { zh: '事由', en: 'cause' },
  occurred: { zh: '发生时间', en: 'occurred' },
  decided: { zh: '决定时间', en: 'decided' },
  published: { zh: '公示时间', en: 'published' },
  known: { zh: '知悉时间', en: 'known' },
  value: { zh: '数值', en: 'value' },
} as const

function diffFeed(before: FeedPolicy, after: FeedPolicy, left: TableNames, right: TableNames): PolicyChange[] {
  const place = `feeds/${after.feed}`
  const own = Object.entries(FEED_WORDS).flatMap(([field, words]) =>
    changed(place, words, fieldOf(before, field, left), fieldOf(after, field, right)),
  )
  const [was, is] = [partsOf(before), partsOf(after)]
  const parts = compareNames(was.keys(), is.keys())
  return [
    ...own,
    ...parts.added.map((part) => added(place, `监管事实 ${part}`, `observation ${part}`)),
    ...parts.removed.map((part) => removed(place, `监管事实 ${part}`, `observation ${part}`)),
    ...parts.both.flatMap((part) => {
      const [one, other] = [was.get(part), is.get(part)]
      return one === undefined || other === undefined ? [] : diffPart(`${place}/${part}`, one, other, left, right)
    }),
  ]
}

function partsOf({ observations }: FeedPolicy): ReadonlyMap<string, ObservationPolicy> {
  return new Map(observations.map((part) => [part.part, part]))
}

function diffPart(
  place: string,
  before: ObservationPolicy,
  after: ObservationPolicy,
  left: TableNames,
  right: TableNames,
): PolicyChange[] {
  const own = Object.entries(PART_WORDS).flatMap(([field, words]) =>
    changed(place, words, fieldOf(before, field, left), fieldOf(after, field, right)),
  )
  const facts = compareNames(Object.keys(before.facts ?? {}), Object.keys(after.facts ?? {}))
  return [
    ...own,
    ...facts.added.map((fact) => added(place, `要素 ${fact}`, `fact ${fact}`)),
    ...facts.removed.map((fact) => removed(place, `要素 ${fact}`, `fact ${fact}`)),
    ...facts.both.flatMap((fact) =>
      changed(
        place,
        { zh: `要素 ${fact}`, en: `fact ${fact}` },
        withTableNames(before.facts?.[fact], left),
        withTableNames(after.facts?.[fact], right),
      ),
    ),
  ]
}

function fieldOf(policy: object, field: string, names: TableNames): unknown {
  return withTableNames(Reflect.get(policy, field), names)
}

function diffTables(before: Tables, after: Tables): PolicyChange[] {
  const names = compareNames(Object.keys(before), Object.keys(after))
  return [
    ...names.added.map((name) => added(`tables/${name}`, '代码表', 'code table')),
    ...names.removed.map((name) => removed(`tables/${name}`, '代码表', 'code table')),
    ...names.both.flatMap((name) => {
      const [was, is] = [before[name] ?? {}, after[name] ?? {}]
      const codes = compareNames(Object.keys(was), Object.keys(is))
      const place = `tables/${name}`
      return [
        ...codes.added.map((code) => added(place, `代码 ${code} = ${is[code]}`, `code ${code} = ${is[code]}`)),
        ...codes.removed.map((code) => removed(place, `代码 ${code} = ${was[code]}`, `code ${code} = ${was[code]}`)),
        ...codes.both.flatMap((code) =>
          changed(place, { zh: `代码 ${code}`, en: `code ${code}` }, was[code], is[code]),
        ),
      ]
    }),
  ]
}
