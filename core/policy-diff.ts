import type { Bilingual } from './bilingual.ts'
import { diffFeeds, type Tables } from './feed-diff.ts'
import type { FeedPolicy } from './feed-policy.ts'
import type { IndicatorPolicy } from './indicator-policy.ts'
import type { RealmPolicy } from './policy.ts'
import { changed, diffItems, entriesOf, type PolicyChange } from './policy-change.ts'

/** What is compared of a policy set. */
export interface ComparedSet {
  readonly realm: RealmPolicy
  readonly feeds: ReadonlyMap<string, FeedPolicy>
  readonly tables: Tables
}

/** What differs in meaning between two policy sets, from the classes down to the single code; empty where nothing does. */
export function diffPolicySets(before: ComparedSet, after: ComparedSet): PolicyChange[] {
  const [was, is] = [before.realm, after.realm]
  return [
    ...Object.entries(REALM_WORDS).flatMap(([field, words]) =>
      changed(`realm/${field}`, words, Reflect.get(was, field), Reflect.get(is, field)),
    ),
    ...diffBands('classes', { zh: '分级', en: 'class' }, bandsOf(was.classes, 'class'), bandsOf(is.classes, 'class')),
    ...diffBands(
      'warnings',
      { zh: '预警', en: 'warning' },
      bandsOf(was.warnings, 'level'),
      bandsOf(is.warnings, 'level'),
    ),
    ...diffNamed('decays', { zh: '衰减表', en: 'decay table' }, was.decays, is.decays),
    ...diffIndicators(was.indicators, is.indicators),
    ...diffNamed('comparisons', { zh: '数据比对', en: 'comparison' }, byId(was.comparisons), byId(is.comparisons)),
    ...diffNamed(
      'publication',
      { zh: '公示期限', en: 'publication clock' },
      byId(was.publication),
      byId(is.publication),
    ),
    ...diffNamed('calendar', { zh: '日历', en: 'calendar' }, yearsOf(was), yearsOf(is)),
    ...diffNamed('cells', { zh: '单元格', en: 'cell' }, byId(was.cells), byId(is.cells)),
    ...Object.entries(DETECTION_WORDS).flatMap(([field, words]) =>
      changed(`detection/${field}`, words, Reflect.get(was.detection, field), Reflect.get(is.detection, field)),
    ),
    ...diffNamed('districts', { zh: '辖区', en: 'district' }, was.districts, is.districts),
    ...diffNamed('industries', { zh: '行业', en: 'industry' }, was.industries, is.industries),
    ...diffNamed('causes', { zh: '事由', en: 'cause' }, was.causes, is.causes),
    ...diffRoutes(was, is),
    ...diffFeeds(before, after),
  ]
}

const REALM_WORDS = {
  name: { zh: '数据域名称', en: 'name of the realm' },
  demonstration: { zh: '演示', en: 'demonstration' },
  clock: { zh: '时钟', en: 'clock' },
  zoneOffsetMinutes: { zh: '时区(UTC 以东分钟)', en: 'zone, minutes east of UTC' },
  effective: { zh: '生效日', en: 'effective from' },
  tickMinutes: { zh: '封存刻度(分钟)', en: 'tick, minutes' },
  periodDays: { zh: '汇总周期(天)', en: 'period of cells, days' },
  placeGridMilliDegrees: { zh: '地点网格(千分之一度)', en: 'grid of places, thousandths of a degree' },
  classScheme: { zh: '分级方案', en: 'scheme of classes' },
  warningHysteresis: { zh: '预警回差', en: 'hysteresis of warnings' },
  sampling: { zh: '抽查规则', en: 'sampling policy' },
} as const

const DETECTION_WORDS = {
  cell: { zh: '苗头所看的单元格', en: 'cell of detection' },
  windowPeriods: { zh: '苗头窗口(期)', en: 'window of detection, periods' },
  baselinePeriods: { zh: '苗头基线(期)', en: 'baseline of detection, periods' },
  industries: { zh: '至少几个行业同时上升', en: 'industries that must rise together' },
  minimumCount: { zh: '苗头最少件数', en: 'fewest facts of a cluster' },
  pEach: { zh: '单个行业算上升的概率', en: 'tail probability of one industry' },
  alarmsPerYear: { zh: '每年可接受的虚警', en: 'false clusters accepted a year' },
} as const

function bandsOf<Name extends string>(bands: readonly ({ from: number } & Record<Name, string>)[], name: Name) {
  return new Map(bands.map((band) => [String(band[name]), band.from]))
}

function diffBands(
  place: string,
  words: Bilingual,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): PolicyChange[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((band) => {
    const name = { zh: `${words.zh} ${band} 的起点`, en: `${words.en} ${band} begins at` }
    return changed(`${place}/${band}`, name, before.get(band), after.get(band))
  })
}

function yearsOf({ calendar }: RealmPolicy): Readonly<Record<string, unknown>> {
  return Object.fromEntries((calendar?.years ?? []).map((year) => [String(year.year), year]))
}

function byId<Item extends { readonly id: string }>(items: readonly Item[] = []): Readonly<Record<string, Item>> {
  return Object.fromEntries(items.map((item) => [item.id, item]))
}

function diffNamed(
  place: string,
  words: Bilingual,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): PolicyChange[] {
  const label = (name: string) => ({ zh: `${words.zh} ${name}`, en: `${words.en} ${name}` })
  return diffItems(entriesOf(before), entriesOf(after), {
    place: (name) => `${place}/${name}`,
    label: (_, name) => label(name),
    within: (was, is, name) => changed(`${place}/${name}`, label(name), was, is),
  })
}

const INDICATOR_WORDS: Readonly<Record<string, Bilingual>> = {
  name: { zh: '名称', en: 'name' },
  kind: { zh: '算法', en: 'kind' },
  family: { zh: '类别', en: 'family' },
  weight: { zh: '权重(千分比)', en: 'weight, per mille' },
  basis: { zh: '计入分级依据', en: 'part of the class basis' },
  cause: { zh: '事由', en: 'cause' },
  select: { zh: '所数的事实', en: 'facts counted' },
  decay: { zh: '衰减表', en: 'decay table' },
  saturation: { zh: '半饱和件数', en: 'facts of half intensity' },
}

function diffIndicators(before: readonly IndicatorPolicy[], after: readonly IndicatorPolicy[]): PolicyChange[] {
  const place = (id: string) => `indicators/${id}`
  return diffItems(entriesOf(byId(before)), entriesOf(byId(after)), {
    place,
    label: ({ name, weight }) => ({
      zh: `指标「${name.zh}」(权重 ${weight})`,
      en: `indicator “${name.en}” (weight ${weight})`,
    }),
    within(was, is, id) {
      const fields = new Set([...Object.keys(was), ...Object.keys(is)])
      return [...fields].flatMap((field) => {
        const words = INDICATOR_WORDS[field] ?? { zh: field, en: field }
        const name = { zh: `「${is.name.zh}」${words.zh}`, en: `“${is.name.en}” ${words.en}` }
        return changed(place(id), name, Reflect.get(was, field), Reflect.get(is, field))
      })
    },
  })
}

/** Routes have no names and their order decides: each is told by what it says. */
function diffRoutes(before: RealmPolicy, after: RealmPolicy): PolicyChange[] {
  const [was, is] = [before.routes, after.routes].map((routes) => routes.map((route) => JSON.stringify(route)))
  const named = (routes: readonly string[] = []) => new Map(routes.map((route) => [route, route]))
  const routes = diffItems(named(was), named(is), {
    place: () => 'routes',
    label: (route) => ({ zh: `路由 ${route}`, en: `route ${route}` }),
    within: () => [],
  })
  const moved = routes.length === 0 && was?.join() !== is?.join()
  return [
    ...routes,
    ...(moved
      ? [{ place: 'routes', zh: '路由次序改变,先匹配者优先', en: 'the order of routes; the first match wins' }]
      : []),
  ]
}
