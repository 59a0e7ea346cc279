import type { Present } from '../../core/present.ts'
import { NO_REALM } from '../../core/present.ts'
import type { FeedHealth, Riser, ShardView, WarningLevel } from '../../core/risk.ts'
import { SHARDS } from '../../core/shard.ts'
import type { Warning } from '../../core/warning.ts'
import type { PlanDocument, ReceivedDocument, TrendPoint } from '../../dashboards/board-model.ts'
import { CITY_CARD, CITY_NAMES, enterpriseOf, SECOND_CARD } from './board-city.ts'

const LEVELS: readonly WarningLevel[] = ['red', 'orange', 'yellow', 'blue']
const CAUSES = Object.keys(CITY_NAMES.causes)
const DISTRICTS = Object.keys(CITY_NAMES.districts)
const INDUSTRIES = Object.keys(CITY_NAMES.industries)
const FEEDS = Object.keys(CITY_NAMES.feeds)

/** A reproducible number in [0, 1) out of any whole numbers. */
export function dice(...seeds: readonly number[]): number {
  let mixed = 0x9e3779b9
  for (const seed of seeds) {
    mixed = Math.imul(mixed ^ seed, 0x85ebca6b)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0xc2b2ae35)
    mixed ^= mixed >>> 13
  }
  return (mixed >>> 0) / 2 ** 32
}

function shardView(shard: number, step: number, sealedUntil: number): ShardView {
  const cells: Record<string, [number, number, number]> = {}
  let enterprises = 0
  DISTRICTS.forEach((district, row) => {
    INDUSTRIES.forEach((industry, column) => {
      const weight = 1 + Math.floor(14 * dice(row, 3) * dice(column, 5) + 3 * dice(row, column, shard))
      if (dice(row, column, 17) < 0.06) return
      const drift = 40 * Math.sin(step / 9 + row * 1.7 + column)
      const heat =
        60 + 170 * dice(row, column, 7) ** 2 + 90 * dice(column, 11) + drift + (row === 2 && column === 6 ? 240 : 0)
      cells[`${district}|${industry}`] = [
        weight,
        Math.round(weight * Math.max(8, heat)),
        heat > 150 && dice(shard, row, column, 3) < (heat - 150) / 900 ? 1 : 0,
      ]
      enterprises += weight
    })
  })
  const part = (share: number): number => Math.round(enterprises * share)
  return {
    shard,
    sealedUntil,
    enterprises,
    cells,
    classes: { A: part(0.46), B: part(0.37), C: part(0.13), D: enterprises - part(0.46) - part(0.37) - part(0.13) },
    levels: {
      red: shard % 16 === 0 ? 1 : 0,
      orange: shard % 7 === 0 ? 1 : 0,
      yellow: shard % 3 === 0 ? 1 : 0,
      blue: 1,
      none: enterprises - 1 - [16, 7, 3].filter((every) => shard % every === 0).length,
    },
    risers: shard < 20 ? [riser(shard, step)] : [],
  }
}

function riser(shard: number, step: number): Riser {
  const who = enterpriseOf(shard * 3 + 1)
  const rise = Math.round(20 + 260 * dice(shard, 23) ** 2 + 25 * Math.abs(Math.sin(step / 5 + shard)))
  return {
    ...who,
    risk: Math.min(960, rise + 140 + Math.round(380 * dice(shard, 29))),
    rise,
    cause: CAUSES[shard % CAUSES.length] ?? '',
  }
}

const REASONS: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  'food-hygiene': {
    zh: '30 天内食品卫生投诉 11 件，为同类同区的 6.2 倍；后厨视联 3 次未戴帽',
    en: '11 food-hygiene complaints in 30 days, 6.2 times its peers; 3 camera events without caps',
  },
  'unpaid-wages': {
    zh: '欠薪举报 4 件，用电量较上月下降 62%，承诺整改已逾期 9 天',
    en: '4 wage complaints, power use down 62 % on last month, commitment 9 days overdue',
  },
  fire: {
    zh: '消防主机离线 26 小时，期间 2 次火警未复位；上次检查隐患未闭环',
    en: 'Fire host silent for 26 hours, 2 alarms not reset; last inspection finding still open',
  },
  discharge: {
    zh: '化学需氧量连续 5 小时超限 1.8 倍，企业未提交停产说明',
    en: 'COD 1.8 times the limit for 5 hours running, no shutdown notice filed',
  },
  prepaid: {
    zh: '预付费投诉 14 天内由 1 件升至 9 件，关联门店已停业',
    en: 'Prepaid complaints rose from 1 to 9 in 14 days, a tied shop has closed',
  },
  gas: {
    zh: '燃气浓度 12 分钟高于报警限，切断阀未动作',
    en: 'Gas above the alarm limit for 12 minutes, shut-off valve did not act',
  },
}

export function fixtureWarning(index: number, now: number, step = 0): Warning {
  const cluster = index % 6 === 1
  const who = enterpriseOf(index * 13 + 2)
  const cause = CAUSES[index % CAUSES.length] ?? ''
  const level = LEVELS[index < 3 ? 0 : index < 8 ? 1 : index < 15 ? 2 : 3] ?? 'blue'
  const raised = now - Math.round((0.1 + index * 1.7 + 3 * dice(index, 5)) * 3_600_000)
  const industries = cluster ? ['H', 'P', 'F', 'Q'].slice(0, 3 + (index % 2)) : [who.industry]
  const enterprises = cluster
    ? Array.from({ length: 7 + (index % 5) }, (_, i) => enterpriseOf(index * 31 + i * 4).enterprise)
    : [who.enterprise]
  return {
    realm: CITY_CARD.realm,
    id: `w-${String(index).padStart(3, '0')}`,
    kind: cluster ? 'cross-industry' : 'enterprise',
    level,
    state: (['open', 'open', 'confirmed', 'open', 'dispatched'] as const)[(index + (step > 40 ? 1 : 0)) % 5] ?? 'open',
    subject: cluster ? `${who.district}|${cause}` : who.enterprise,
    name: cluster ? '' : who.name,
    district: who.district,
    industries,
    cause,
    risk: cluster ? 0 : 880 - index * 21,
    measure: cluster ? '0.02 / 年' : '',
    reason: cluster
      ? {
          zh: `同一起因 3 周内在 ${industries.length} 个行业同步抬升：由 ${2 + (index % 3)} 件增至 ${19 + index} 件，涉及 ${enterprises.length} 家主体`,
          en: `One cause rising in ${industries.length} industries within 3 weeks: ${2 + (index % 3)} to ${19 + index} records, ${enterprises.length} enterprises`,
        }
      : (REASONS[cause] ?? { zh: '', en: '' }),
    evidence: Array.from(
      { length: 3 + (index % 6) },
      (_, i) => `complaints-12345/${(0xa0b1c2d3 + index * 97 + i).toString(16)}/main`,
    ),
    enterprises,
    receiver: ['market-supervision', 'fire-rescue', 'emergency', 'ecology', 'human-resources'][index % 5] ?? '',
    raised,
    changed: raised,
    revision: 1,
  }
}

function feedHealth(feed: string, index: number, step: number, now: number): FeedHealth {
  const state = index === 6 ? 'silent' : index === 8 ? 'late' : index === 5 && step % 40 > 25 ? 'malformed' : 'healthy'
  const perMinute =
    state === 'silent' ? 0 : Math.round((index > 3 && index < 8 ? 900 : 30) * (0.6 + 0.8 * dice(index, step)))
  const observations = 40_000 + index * 73_211 + step * (perMinute + 3)
  const rejects = Math.round(observations * (index === 5 ? 0.012 : 0.0006))
  const behind =
    state === 'silent' ? 26 * 3_600_000 : state === 'late' ? 95 * 60_000 : 1_500 + 4_000 * dice(index, step, 3)
  return {
    feed,
    state,
    lines: observations + rejects,
    observations,
    versions: Math.round(observations * 0.01),
    duplicates: Math.round(observations * 0.02),
    rejects,
    knownUntil: now - behind,
    lastReceived: now - behind,
    perMinute,
    completeness: state === 'silent' ? 610 : state === 'late' ? 880 : 985 + (index % 15),
  }
}

const PLAN: PlanDocument = {
  period: '2026-11',
  policy: 'henan-2021',
  strata: [
    { class: 'A', enterprises: 21_540, ratioPerMille: 10, yearlyCap: 1, visits: 18 },
    { class: 'B', enterprises: 17_330, ratioPerMille: 20, yearlyCap: 1, visits: 29 },
    { class: 'C', enterprises: 6_090, ratioPerMille: 100, yearlyCap: 2, visits: 51 },
    { class: 'D', enterprises: 1_880, ratioPerMille: 300, yearlyCap: -1, visits: 47 },
  ],
  drawn: 122,
}

function received(step: number, now: number): Record<string, string> {
  const notices = Array.from({ length: 6 }, (_, i): ReceivedDocument => {
    const warning = fixtureWarning((step + i * 3) % 20, now)
    return {
      at: now - i * 97_000 - 4_000,
      notice: {
        realm: warning.realm,
        id: `${warning.id}/1/${warning.receiver}`,
        warning,
        receiver: warning.receiver,
        made: now,
      },
      verified: i !== 4,
    }
  })
  return documents(notices, ({ notice }) => notice.id)
}

function documents<Item>(items: readonly Item[], key: (item: Item) => string): Record<string, string> {
  return Object.fromEntries(items.map((item) => [key(item), JSON.stringify(item)]))
}

/** Puts the city as it stands at `step` (half a second each); step 0 fills everything, later ones move it a little. */
export async function putFixture(present: Present, step: number, now: number): Promise<void> {
  const { realm } = CITY_CARD
  const sealedUntil = Math.floor(now / 60_000) * 60_000
  const shards =
    step === 0 ? Array.from({ length: SHARDS }, (_, i) => i) : [0, 1, 2, 3].map((i) => (step * 4 + i) % SHARDS)
  await present.put(
    realm,
    'shards',
    documents(
      shards.map((shard) => shardView(shard, step, sealedUntil)),
      (view) => String(view.shard),
    ),
  )
  await present.put(
    realm,
    'feeds',
    documents(
      FEEDS.map((feed, i) => feedHealth(feed, i, step, now)),
      (feed) => feed.feed,
    ),
  )
  await present.put(realm, 'positions', {
    process: JSON.stringify({ at: now, delayMs: 180 + Math.round(240 * dice(step)), pending: 0 }),
  })
  if (step === 0) {
    await present.put(
      realm,
      'warnings',
      documents(
        Array.from({ length: 23 }, (_, i) => fixtureWarning(i, now)),
        (warning) => warning.id,
      ),
    )
    await present.put(realm, 'plans', { current: JSON.stringify(PLAN) })
    await present.put(realm, 'trend', trend(sealedUntil))
    await present.put(
      NO_REALM,
      'realms',
      documents([CITY_CARD, SECOND_CARD], (card) => card.realm),
    )
  }
  if (step % 20 === 0) await present.put(realm, 'demo', received(step, now))
  if (step > 0 && step % 24 === 0) {
    const index = 30 + ((step / 24) % 12)
    await present.put(
      realm,
      'warnings',
      documents(
        [{ ...fixtureWarning(index, now, step), raised: now, level: LEVELS[index % 4] ?? 'blue' }],
        (warning) => warning.id,
      ),
    )
  }
}

function trend(sealedUntil: number): Record<string, string> {
  const points = Array.from({ length: 96 }, (_, i): [string, TrendPoint] => [
    String(sealedUntil - (96 - i) * 900_000),
    [
      Math.round(1500 + 110 * Math.sin(i / 11) + 60 * dice(i, 2) + i * 2),
      Math.round(14 + 6 * Math.sin(i / 9 + 1) + 3 * dice(i, 4)),
    ],
  ])
  return Object.fromEntries(points.map(([at, point]) => [at, JSON.stringify(point)]))
}
