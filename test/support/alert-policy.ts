import type { IndicatorPolicy } from '../../core/indicator-policy.ts'
import type { RealmPolicy } from '../../core/policy.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { DAY_MS } from '../../core/time.ts'
import type { Notice, Warning } from '../../core/warning.ts'

function indicator(id: string, zh: string, en: string, cause: string): IndicatorPolicy {
  const base = { id, name: { zh, en }, family: 'conduct', weight: 300, basis: true, cause } as const
  return { ...base, kind: 'decayed-count', select: { kinds: ['penalty'] }, decay: 'year', saturation: 3 }
}

/** Blue from 300, yellow 450, orange 600, red 800, hysteresis 50; routes by level and district. */
export function alertPolicy(change: Partial<RealmPolicy> = {}): RealmPolicy {
  return {
    realm: 'city',
    name: { zh: '测试市', en: 'Test city' },
    demonstration: false,
    clock: 'live',
    zoneOffsetMinutes: 480,
    effective: '2026-01-01',
    tickMinutes: 1440,
    periodDays: 7,
    placeGridMilliDegrees: 10,
    classScheme: 'test',
    classes: [{ class: 'A', from: 0 }],
    warnings: [
      { level: 'blue', from: 300 },
      { level: 'yellow', from: 450 },
      { level: 'orange', from: 600 },
      { level: 'red', from: 800 },
    ],
    warningHysteresis: 50,
    decays: {},
    indicators: [
      indicator('food-penalties', '食品安全处罚', 'Food safety penalties', 'food'),
      indicator('complaint-burst', '投诉激增', 'Complaint burst', 'service'),
    ],
    cells: [{ id: 'causes', select: { kinds: ['complaint'] }, by: ['district', 'industry', 'cause'] }],
    detection: {
      cell: 'causes',
      windowPeriods: 4,
      baselinePeriods: 26,
      industries: 3,
      minimumCount: 3,
      pEach: 0.05,
      alarmsPerYear: 2,
    },
    sampling: 'default',
    districts: { '140106': { zh: '迎泽区', en: 'Yingze' } },
    industries: { F: { zh: '批发和零售业', en: 'Trade' }, H: { zh: '住宿和餐饮业', en: 'Catering' } },
    causes: { food: { zh: '食品安全', en: 'Food safety' } },
    routes: [
      { receiver: 'command', levels: ['red'] },
      { receiver: 'food-bureau', causes: ['food'] },
      { receiver: 'yingze-market', districts: ['140106'] },
    ],
    ...change,
  }
}

export const ENTERPRISE = 'uscc:91140105MA0T100092'

/** The instant at which day `n` of the scenario begins. */
export function day(n: number): number {
  return Date.UTC(2026, 0, 1) + n * DAY_MS
}

/** A risk point at day `n`; all of its risk from food penalties unless `parts` says otherwise. */
export function riskPoint(n: number, risk: number, change: Partial<RiskPoint> = {}): RiskPoint {
  return {
    realm: 'city',
    enterprise: ENTERPRISE,
    name: '晋香酒楼',
    effective: day(n),
    risk,
    own: risk,
    basis: 0,
    class: 'A',
    district: '140106',
    industry: 'H',
    signals: [{ indicator: 'food-penalties', intensity: risk, measure: '', points: risk, evidence: [`penalty/${n}`] }],
    revision: 0,
    recorded: 0,
    removed: 0,
    policy: 'p',
    receipt: 'r',
    ...change,
  }
}

export function warningOf(change: Partial<Warning> = {}): Warning {
  return {
    realm: 'city',
    id: `city/${ENTERPRISE}/${day(1)}`,
    kind: 'enterprise',
    level: 'orange',
    state: 'open',
    subject: ENTERPRISE,
    name: '晋香酒楼',
    district: '140106',
    industries: ['H'],
    cause: 'food',
    risk: 655,
    measure: '',
    reason: { zh: '风险由 0 升至 655', en: 'Risk up from 0 to 655' },
    evidence: ['penalty/1'],
    enterprises: [ENTERPRISE],
    receiver: 'food-bureau',
    raised: day(1),
    changed: day(1),
    revision: 1,
    ...change,
  }
}

export function noticeOfWarning(warning: Warning = warningOf()): Notice {
  const id = `${warning.id}/${warning.revision}/${warning.receiver}`
  return { realm: warning.realm, id, warning, receiver: warning.receiver, made: warning.changed }
}
