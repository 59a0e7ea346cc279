import type { FeedPolicy, Take } from './feed-policy.ts'
import type { IndicatorPolicy, Selection } from './indicator-policy.ts'
import type { RealmPolicy } from './policy.ts'

/** What one part of a policy set says of another and does not fit. A fault stops the set, a note does not. */
export interface Finding {
  readonly kind: 'fault' | 'note'
  /** `realm.json /indicators/3`, `feeds/penalties.json /observations/0/cause`. */
  readonly place: string
  readonly zh: string
  readonly en: string
}

/** Names that realm and feeds of one set use of each other: feeds, causes, districts, industries, kinds, facts. */
export function referenceFindings(realm: RealmPolicy, feeds: ReadonlyMap<string, FeedPolicy>): Finding[] {
  return [
    ...realm.indicators.flatMap((indicator, index) => indicatorFindings(indicator, index, realm, feeds)),
    ...(realm.publication ?? []).flatMap(({ id, select }, index) =>
      waitFindings(select, `realm.json /publication/${index} (${id})`, feeds),
    ),
    ...routeFindings(realm),
    ...[...feeds.values()].flatMap((feed) => causeFindings(feed, realm)),
    ...placeFindings([...feeds.values()]),
  ]
}

function indicatorFindings(
  indicator: IndicatorPolicy,
  index: number,
  realm: RealmPolicy,
  feeds: ReadonlyMap<string, FeedPolicy>,
): Finding[] {
  const place = `realm.json /indicators/${index} (${indicator.id})`
  const selections = selectionsOf(indicator, realm)
  const named = selections.flatMap(({ feeds: names = [] }) => names)
  if (indicator.kind === 'absence') named.push(indicator.feed)
  const unknownFeeds = named.filter((feed) => !feeds.has(feed)).map((feed) => unknown(place, '数据源', 'feed', feed))
  const causes = [indicator.cause, ...selections.flatMap(({ causes: names = [] }) => names)]
  const unknownCauses = [...new Set(causes)]
    .filter((cause) => realm.causes[cause] === undefined)
    .map((cause) => unknown(place, '事由', 'cause', cause))
  return [
    ...unknownFeeds,
    ...unknownCauses,
    ...hasteFindings(indicator, place, feeds),
    ...selections.flatMap((select) => waitFindings(select, place, feeds)),
  ]
}

/** Rows that wait for a binding which nothing brings wait for ever. */
function placeFindings(feeds: readonly FeedPolicy[]): Finding[] {
  if (feeds.some(({ observations }) => observations.some(({ kind }) => kind === 'place-binding'))) return []
  return feeds
    .filter(({ subject }) => subject.resolved === true)
    .map(({ feed }) => ({
      kind: 'fault',
      place: `feeds/${feed}.json /subject/resolved`,
      zh: '没有数据源提供地点绑定(place-binding),这些行会一直等待',
      en: 'no feed brings place-binding: its rows would wait for ever',
    }))
}

/** An absence that falls due before its feed can be late blames enterprises for the feed. */
function hasteFindings(indicator: IndicatorPolicy, place: string, feeds: ReadonlyMap<string, FeedPolicy>): Finding[] {
  if (indicator.kind !== 'absence') return []
  const lateAfterDays = (feeds.get(indicator.feed)?.lateAfterMinutes ?? 0) / 1440
  if (indicator.afterDays >= lateAfterDays) return []
  return [
    {
      kind: 'note',
      place,
      zh: `${indicator.afterDays} 天即到期,而数据源 ${indicator.feed} 超过 ${lateAfterDays} 天才算迟到`,
      en: `falls due after ${indicator.afterDays} days, but the feed ${indicator.feed} is late only after ${lateAfterDays}`,
    },
  ]
}

/** What an indicator waits for and nothing brings: it will be silent for ever. */
function waitFindings(select: Selection, place: string, feeds: ReadonlyMap<string, FeedPolicy>): Finding[] {
  const parts = [...feeds.values()]
    .filter(({ feed }) => select.feeds?.includes(feed) ?? true)
    .flatMap(({ observations }) => observations)
  const kinds = select.kinds.filter((kind) => parts.every((part) => part.kind !== kind))
  const brought = parts.filter(({ kind }) => select.kinds.includes(kind))
  const facts = Object.keys(select.facts ?? {}).filter((fact) =>
    brought.every(({ facts: declared = {} }) => declared[fact] === undefined),
  )
  return [
    ...kinds.map(
      (kind): Finding => ({
        kind: 'note',
        place,
        zh: `没有数据源提供事实种类 ${kind}`,
        en: `no feed brings observations of the kind ${kind}`,
      }),
    ),
    ...(brought.length === 0 ? [] : facts).map(
      (fact): Finding => ({
        kind: 'note',
        place,
        zh: `没有数据源为 ${select.kinds.join('、')} 提供要素 ${fact}`,
        en: `no feed gives ${select.kinds.join(', ')} the fact ${fact}`,
      }),
    ),
  ]
}

function routeFindings(realm: RealmPolicy): Finding[] {
  const lists = [
    ['districts', '辖区', 'district'],
    ['industries', '行业', 'industry'],
    ['causes', '事由', 'cause'],
  ] as const
  return realm.routes.flatMap((route, index) =>
    lists.flatMap(([list, zh, en]) =>
      (route[list] ?? [])
        .filter((name) => realm[list][name] === undefined)
        .map((name) => unknown(`realm.json /routes/${index}`, zh, en, name)),
    ),
  )
}

function causeFindings({ feed, observations }: FeedPolicy, realm: RealmPolicy): Finding[] {
  return observations.flatMap(({ cause }, index) =>
    [...new Set(cause === undefined ? [] : codesOf(cause))]
      .filter((code) => code !== '' && realm.causes[code] === undefined)
      .map((code) => unknown(`feeds/${feed}.json /observations/${index}/cause`, '事由', 'cause', code)),
  )
}

/** The codes that a take is known to give: what its tables, constants and defaults hold. */
function codesOf(take: Take): readonly string[] {
  const members = (take.first ?? []).filter((member) => typeof member !== 'string').flatMap(codesOf)
  const own = [take.constant, take.otherwise].filter((code) => code !== undefined)
  return [...members, ...own, ...Object.values(take.table ?? {})]
}

function selectionsOf(indicator: IndicatorPolicy, realm: RealmPolicy): readonly Selection[] {
  if (indicator.kind === 'contradiction') {
    const compared = realm.comparisons?.find(({ id }) => id === indicator.comparison)
    return compared === undefined ? [] : [compared.left.select, compared.right.select]
  }
  if (indicator.kind === 'deadline') {
    const wider = (indicator.widerOutcomes ?? []).map(({ outcome }) => outcome)
    return [indicator.select, indicator.outcome, ...wider]
  }
  return 'select' in indicator ? [indicator.select] : []
}

function unknown(place: string, zh: string, en: string, name: string): Finding {
  return { kind: 'fault', place, zh: `${zh} ${name} 在本规则集中不存在`, en: `the set knows no ${en} ${name}` }
}
