import type { Bilingual } from './bilingual.ts'
import type { FeedPolicy, ObservationPolicy } from './feed-policy.ts'
import { changed, diffItems, entriesOf, type PolicyChange, withTableNames } from './policy-change.ts'

type TableNames = ReadonlyMap<object, string>
export type Tables = Readonly<Record<string, Readonly<Record<string, string>>>>

/** The feeds of two sets, and within those that both have what each row would now become. */
export function diffFeeds(
  before: { readonly feeds: ReadonlyMap<string, FeedPolicy>; readonly tables: Tables },
  after: { readonly feeds: ReadonlyMap<string, FeedPolicy>; readonly tables: Tables },
): PolicyChange[] {
  const [left, right] = [namesOf(before.tables), namesOf(after.tables)]
  return [
    ...diffItems(before.feeds, after.feeds, {
      place: (feed) => `feeds/${feed}`,
      label: ({ name }) => ({ zh: `数据源「${name.zh}」`, en: `feed “${name.en}”` }),
      within: (was, is) => diffFeed(was, is, left, right),
    }),
    ...diffItems(entriesOf(before.tables), entriesOf(after.tables), {
      place: (table) => `tables/${table}`,
      label: () => ({ zh: '代码表', en: 'code table' }),
      within: (was, is, table) => diffCodes(`tables/${table}`, was, is),
    }),
  ]
}

function namesOf(tables: Tables): TableNames {
  return new Map(Object.entries(tables).map(([name, table]) => [table, name]))
}

const FEED_WORDS: Readonly<Record<Exclude<keyof FeedPolicy, 'feed' | 'observations'>, Bilingual>> = {
  name: { zh: '名称', en: 'name' },
  format: { zh: '格式', en: 'format' },
  encoding: { zh: '编码', en: 'encoding' },
  recordElement: { zh: 'XML 中一条记录的元素', en: 'element that is a record' },
  sheet: { zh: '工作表', en: 'sheet' },
  source: { zh: '来源', en: 'source' },
  authority: { zh: '部门', en: 'authority' },
  trust: { zh: '可信级别', en: 'trust' },
  lateAfterMinutes: { zh: '多少分钟无数据算迟到', en: 'minutes after which it is late' },
  workingDays: { zh: '只按工作日计', en: 'on working days alone' },
  required: { zh: '必有的列', en: 'required columns' },
  oneOf: { zh: '至少有其一的列', en: 'columns of which one must be there' },
  key: { zh: '记录的自然键', en: 'natural key' },
  envelope: { zh: '传输信息列', en: 'envelope' },
  version: { zh: '版本次序', en: 'order of versions' },
  subject: { zh: '监管对象', en: 'subject' },
  district: { zh: '辖区', en: 'district' },
  industry: { zh: '行业', en: 'industry' },
}

const PART_WORDS: Readonly<Record<Exclude<keyof ObservationPolicy, 'part' | 'facts'>, Bilingual>> = {
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
}

function diffFeed(before: FeedPolicy, after: FeedPolicy, left: TableNames, right: TableNames): PolicyChange[] {
  const place = `feeds/${after.feed}`
  const own = Object.entries(FEED_WORDS).flatMap(([field, words]) =>
    changed(place, words, fieldOf(before, field, left), fieldOf(after, field, right)),
  )
  const parts = diffItems(partsOf(before), partsOf(after), {
    place: () => place,
    label: (_, part) => ({ zh: `监管事实 ${part}`, en: `observation ${part}` }),
    within: (was, is, part) => diffPart(`${place}/${part}`, was, is, left, right),
  })
  return [...own, ...parts]
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
  const fact = (name: string): Bilingual => ({ zh: `要素 ${name}`, en: `fact ${name}` })
  const facts = diffItems(entriesOf(before.facts), entriesOf(after.facts), {
    place: () => place,
    label: (_, name) => fact(name),
    within: (was, is, name) => changed(place, fact(name), withTableNames(was, left), withTableNames(is, right)),
  })
  return [...own, ...facts]
}

function fieldOf(policy: object, field: string, names: TableNames): unknown {
  return withTableNames(Reflect.get(policy, field), names)
}

function diffCodes(
  place: string,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): PolicyChange[] {
  return diffItems(entriesOf(before), entriesOf(after), {
    place: () => place,
    label: (meaning, code) => ({ zh: `代码 ${code} = ${meaning}`, en: `code ${code} = ${meaning}` }),
    within: (was, is, code) => changed(place, { zh: `代码 ${code}`, en: `code ${code}` }, was, is),
  })
}
