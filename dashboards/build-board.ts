import type { FeedHealth, Riser, ShardView, WarningLevel } from '../core/risk.ts'
import type { Warning } from '../core/warning.ts'
import {
  type BoardModel,
  type BoardWarning,
  compareRisers,
  compareWarnings,
  type PlanDocument,
  type RealmCard,
  type RealmNames,
  type ReceivedNotice,
  type RiskClass,
  type TrendPoint,
} from './board-model.ts'

export const MOST_WARNINGS = 40
export const MOST_RISERS = 16
export const MOST_FEEDS = 40
export const MOST_TREND = 120
export const MOST_RECEIVED = 8
export const MOST_DISTRICTS = 16
export const MOST_INDUSTRIES = 20
/** Where districts or industries beyond the bound are counted, so that the map always adds up to the city. */
export const OTHERS = '*'

export interface BoardInputs {
  readonly card: RealmCard
  readonly names: RealmNames
  readonly shards: readonly ShardView[]
  readonly feeds: readonly FeedHealth[]
  readonly warnings: readonly Warning[]
  readonly plan: PlanDocument | undefined
  readonly trend: Readonly<Record<string, TrendPoint>>
  readonly received: readonly ReceivedNotice[]
  readonly delayMs: number | undefined
  /** Wall time, UTC ms. */
  readonly at: number
}

/** Adds the shards' views up to the city; everything it returns has a bound that does not depend on the city's size. */
export function buildBoard(inputs: BoardInputs): BoardModel {
  const { card, names, shards, feeds, plan } = inputs
  const open = inputs.warnings.filter((warning) => warning.state !== 'closed' && warning.state !== 'withdrawn')
  const shown = open.toSorted(compareWarnings).slice(0, MOST_WARNINGS)
  const risers = shards
    .flatMap((shard) => shard.risers)
    .toSorted(compareRisers)
    .slice(0, MOST_RISERS)
  const health = feeds.toSorted((left, right) => (left.feed < right.feed ? -1 : 1)).slice(0, MOST_FEEDS)
  return {
    realm: card.realm,
    name: card.name,
    demonstration: card.demonstration,
    clock: card.clock,
    zoneOffsetMinutes: card.zoneOffsetMinutes,
    sealedUntil: sealedUntil(shards),
    at: inputs.at,
    totals: {
      enterprises: sum(shards, (shard) => shard.enterprises),
      classes: addClasses(shards),
      levels: addLevels(shards),
      observations: sum(feeds, (feed) => feed.observations),
      observationsPerMinute: sum(feeds, (feed) => feed.perMinute),
      rejects: sum(feeds, (feed) => feed.rejects),
      openWarnings: open.length,
    },
    heat: buildHeat(shards, names),
    names,
    warnings: Object.fromEntries(shown.map((warning) => [warning.id, toBoardWarning(warning)])),
    risers: Object.fromEntries(risers.map((riser): [string, Riser] => [riser.enterprise, riser])),
    feeds: Object.fromEntries(health.map((feed) => [feed.feed, feed])),
    ...(plan === undefined ? {} : { plan }),
    trend: newestTrend(inputs.trend),
    received: inputs.received.toSorted((left, right) => right.at - left.at).slice(0, MOST_RECEIVED),
    ...(inputs.delayMs === undefined ? {} : { delayMs: inputs.delayMs }),
  }
}

/** A realm is sealed as far as its slowest shard: anything later would show a city that never was. */
export function sealedUntil(shards: readonly ShardView[]): number {
  return shards.reduce((least, shard) => Math.min(least, shard.sealedUntil), shards[0]?.sealedUntil ?? 0)
}

/** Mean risk of all enterprises ×10, rounded; 0 in an empty city. */
export function meanRisk(board: Pick<BoardModel, 'heat'>): number {
  let enterprises = 0
  let risk = 0
  for (const [count, mean] of Object.values(board.heat.cells)) {
    enterprises += count
    risk += count * mean
  }
  return enterprises === 0 ? 0 : Math.round(risk / enterprises)
}

function buildHeat(shards: readonly ShardView[], names: RealmNames): BoardModel['heat'] {
  const sums = new Map<string, [number, number, number]>()
  const byDistrict = new Map<string, number>()
  const byIndustry = new Map<string, number>()
  for (const shard of shards) {
    for (const [key, [count, risk, alerting]] of Object.entries(shard.cells)) {
      const [district, industry] = splitCell(key)
      byDistrict.set(district, (byDistrict.get(district) ?? 0) + count)
      byIndustry.set(industry, (byIndustry.get(industry) ?? 0) + count)
      addTo(sums, key, count, risk, alerting)
    }
  }
  const districts = chooseAxis(byDistrict, names.districts, MOST_DISTRICTS)
  const industries = chooseAxis(byIndustry, names.industries, MOST_INDUSTRIES)
  const shown = new Map<string, [number, number, number]>()
  for (const [key, [count, risk, alerting]] of sums) {
    const [district, industry] = splitCell(key)
    const place = districts.includes(district) ? district : OTHERS
    const trade = industries.includes(industry) ? industry : OTHERS
    addTo(shown, `${place}|${trade}`, count, risk, alerting)
  }
  const cells = Object.fromEntries(
    [...shown]
      .filter(([, [count]]) => count > 0)
      .map(([key, [count, risk, alerting]]): [string, readonly [number, number, number]] => [
        key,
        [count, Math.round((risk * 10) / count), alerting],
      ]),
  )
  return { districts, industries, cells }
}

/** The most populous codes up to the bound, in the policy's own order so that a wall keeps its places. */
function chooseAxis(
  population: ReadonlyMap<string, number>,
  named: Readonly<Record<string, unknown>>,
  most: number,
): string[] {
  const order = new Map(Object.keys(named).map((code, place) => [code, place]))
  const codes = [...population.keys()]
  const kept =
    codes.length <= most
      ? codes
      : codes
          .toSorted(
            (left, right) => (population.get(right) ?? 0) - (population.get(left) ?? 0) || (left < right ? -1 : 1),
          )
          .slice(0, most - 1)
  const ordered = kept.toSorted(
    (left, right) =>
      (order.get(left) ?? order.size) - (order.get(right) ?? order.size) || (left < right ? -1 : left > right ? 1 : 0),
  )
  return codes.length <= most ? ordered : [...ordered, OTHERS]
}

function splitCell(key: string): [district: string, industry: string] {
  const bar = key.indexOf('|')
  return [key.slice(0, bar), key.slice(bar + 1)]
}

function addTo(
  sums: Map<string, [number, number, number]>,
  key: string,
  count: number,
  risk: number,
  alerting: number,
): void {
  const before = sums.get(key) ?? [0, 0, 0]
  sums.set(key, [before[0] + count, before[1] + risk, before[2] + alerting])
}

function addClasses(shards: readonly ShardView[]): Record<RiskClass, number> {
  const total = (name: RiskClass): number => sum(shards, (shard) => shard.classes[name])
  return { A: total('A'), B: total('B'), C: total('C'), D: total('D') }
}

function addLevels(shards: readonly ShardView[]): Record<WarningLevel | 'none', number> {
  const total = (name: WarningLevel | 'none'): number => sum(shards, (shard) => shard.levels[name])
  return {
    red: total('red'),
    orange: total('orange'),
    yellow: total('yellow'),
    blue: total('blue'),
    none: total('none'),
  }
}

function newestTrend(trend: Readonly<Record<string, TrendPoint>>): Record<string, TrendPoint> {
  const points = Object.entries(trend).toSorted(([left], [right]) => Number(left) - Number(right))
  return Object.fromEntries(points.slice(-MOST_TREND))
}

function toBoardWarning(warning: Warning): BoardWarning {
  const { realm: _realm, revision: _revision, evidence, enterprises, ...rest } = warning
  return { ...rest, evidence: evidence.length, enterprises: enterprises.length }
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
