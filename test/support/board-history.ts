import type { History } from '../../core/history.ts'
import type { Observation, ObservationKind } from '../../core/observation.ts'
import type { Signal } from '../../core/risk.ts'
import { CITY_INDICATORS, enterpriseOf } from './board-city.ts'
import { dice, fixtureWarning } from './board-fixture.ts'

const DAY = 86_400_000
const SAMPLES: readonly (readonly [
  string,
  ObservationKind,
  string,
  number | null,
  string,
  Readonly<Record<string, string>>,
])[] = [
  ['gas-sensors', 'sensor-reading', 'gas', 23.4, '%LEL', { device: 'GQ-0417', quality: 'N' }],
  ['complaints-12345', 'complaint', 'food-hygiene', null, '', { channel: '12345', topic: '菜品异物' }],
  ['kitchen-cameras', 'video-event', 'food-hygiene', 1, '', { event: '未戴厨师帽', camera: 'K-2' }],
  [
    'penalty-records',
    'penalty',
    'food-hygiene',
    500_000,
    'fen',
    { document: '市监罚〔2026〕88号', basis: '食品安全法第126条' },
  ],
  ['complaints-12345', 'complaint', 'prepaid', null, '', { channel: '12345', topic: '储值卡退费' }],
  [
    'commitments',
    'commitment',
    'food-hygiene',
    null,
    '',
    { deadline: String(Date.UTC(2026, 9, 31, 15, 59)), promise: '后厨整改' },
  ],
  ['power-use', 'utility-use', '', 1_830, 'kWh', { month: '2026-10' }],
]

const REGISTRATION = {
  established: '2019-03-18',
  capital: '500 万元',
  scope: '餐饮服务；食品销售',
  kind: '有限责任公司',
}
const REGISTERED = ['permit-records', 'registration', '', null, '', REGISTRATION] as const
const OLDEST = 25

function observation(enterprise: string, index: number, now: number): Observation {
  const registration = index === OLDEST
  const [feed, kind, cause, value, unit, facts] = registration
    ? REGISTERED
    : (SAMPLES[index % SAMPLES.length] ?? REGISTERED)
  const who = enterpriseOf(numberOf(enterprise))
  const known = registration ? now - 2_400 * DAY : now - Math.round((index * 2.7 + dice(index, 1)) * DAY)
  const record = (0xa0b1c2d3 + index * 7919).toString(16)
  return {
    realm: 'demo',
    feed,
    record,
    part: 'main',
    id: `${feed}/${record}/main`,
    version: known,
    content: record,
    kind,
    subject: enterprise,
    authority: 'market-supervision',
    trust: kind === 'penalty' ? 'verified' : 'reported',
    district: who.district,
    industry: who.industry,
    cause,
    occurred: known - 3_600_000,
    decided: 0,
    published: known,
    known,
    received: known,
    value,
    unit,
    facts,
    source: `${feed}-2026-11.csv`,
    line: 120 + index * 37,
    gone: 0,
  }
}

function numberOf(enterprise: string): number {
  return Number(/MA(\d{7})X$/.exec(enterprise)?.[1] ?? 0)
}

/** A history that answers the pages' questions about the made-up city: an argument in place of a store. */
export function createFixtureHistory(now: () => number): History {
  return {
    async insert() {},
    async command() {},
    async close() {},
    async query<Row>(sql: string, params: Readonly<Record<string, unknown>>) {
      return rows(sql, params, now()) as readonly Row[]
    },
  }
}

function rows(sql: string, params: Readonly<Record<string, unknown>>, now: number): readonly unknown[] {
  if (sql.includes('FROM enterprises') && params.text !== undefined) {
    const text = String(params.text)
    return Array.from({ length: 60 }, (_, i) => enterpriseOf(i))
      .filter((one) => one.name.includes(text) || one.enterprise.includes(text))
      .slice(0, 20)
  }
  if (sql.includes('FROM enterprises') && Array.isArray(params.ids)) {
    return params.ids.map((id: unknown) => enterpriseOf(numberOf(String(id))))
  }
  if (sql.includes('FROM warnings') && params.id !== undefined) {
    return Array.from({ length: 45 }, (_, i) => fixtureWarning(i, now)).filter((warning) => warning.id === params.id)
  }
  if (sql.includes('FROM decisions')) {
    const to = 'confirmed'
    return ['li', '~unsigned'].map((by, i) => ({
      body: JSON.stringify({ to, by, note: '', at: now - i * 60_000 }),
    }))
  }
  if (Array.isArray(params.ids)) {
    return params.ids.map((id: unknown, i) => ({ ...observation(enterpriseOf(i).enterprise, i * 7 + 1, now), id }))
  }
  const enterprise = String(params.enterprise)
  if (enterprise.includes('unknown')) return []
  if (sql.includes('FROM enterprises')) return [{ ...enterpriseOf(numberOf(enterprise)), facts: REGISTRATION }]
  if (sql.includes('FROM observations')) return Array.from({ length: 26 }, (_, i) => observation(enterprise, i, now))
  if (sql.includes('FROM warnings'))
    return [
      { ...fixtureWarning(3, now), subject: enterprise },
      { ...fixtureWarning(9, now - 40 * DAY), state: 'closed' },
    ]
  const signals = fixtureSignals(enterprise, now)
  const risk = signals.reduce((sum, signal) => sum + signal.points, 0)
  if (sql.includes('SELECT effective, risk, basis')) {
    return Array.from({ length: 60 }, (_, i) => {
      const wave = Math.max(40, Math.round(risk * (1 - i / 62) ** 1.4 + 50 * dice(i, 9)))
      return {
        effective: now - i * 1.5 * DAY,
        risk: i === 0 ? risk : wave,
        basis: Math.round((i === 0 ? risk : wave) * (i > 30 ? 0.2 : 0.42)),
      }
    })
  }
  const who = enterpriseOf(numberOf(enterprise))
  return [
    {
      realm: 'demo',
      ...who,
      effective: now,
      risk,
      own: risk - 30,
      basis: 288,
      class: 'C',
      signals,
      revision: 0,
      recorded: now,
      removed: 0,
      policy: '7c41d09be2a65f18'.repeat(4),
      receipt: '1f0be5cd93a8472e'.repeat(4),
    },
  ]
}

const MEASURES = [
  '3 次 / 24 个月',
  '11 件 / 30 天（基线 1.8）',
  '12 分钟',
  '5 次 / 30 天',
  '逾期 9 天',
  '−62 %',
  '2 家，最高 618',
]

function fixtureSignals(enterprise: string, now: number): Signal[] {
  return Object.entries(CITY_INDICATORS).map(([indicator, facts], i) => {
    const intensity = Math.round(1000 * (0.25 + 0.7 * dice(i, 41)))
    return {
      indicator,
      intensity,
      measure: MEASURES[i] ?? '',
      points: Math.round((facts.weight * intensity) / 1800),
      evidence: [observation(enterprise, i, now).id, observation(enterprise, i + 7, now).id],
    }
  })
}
