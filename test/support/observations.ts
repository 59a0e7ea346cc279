import { type Observation, observationId } from '../../core/observation.ts'
import type { RealmPolicy } from '../../core/policy.ts'
import { DAY_MS } from '../../core/time.ts'

/** 2026-01-01T00:00:00+08:00. */
export const NEW_YEAR = 1_767_196_800_000

/** An observation with sensible defaults: a test names only what it is about. */
export function observation(given: Partial<Observation> & { readonly record: string }): Observation {
  const { record, part = 'fact', feed = 'penalties', version = 1 } = given
  const known = given.known ?? NEW_YEAR
  return {
    realm: 'test',
    feed,
    part,
    id: observationId(feed, record, part),
    version,
    content: `${record}-${version}`,
    kind: 'penalty',
    subject: 'uscc:91140105MA0T100092',
    authority: 'market',
    trust: 'verified',
    district: '',
    industry: '',
    cause: 'food-hygiene',
    occurred: known,
    decided: known,
    published: 0,
    known,
    received: known,
    value: null,
    unit: '',
    facts: {},
    source: 'test',
    line: 1,
    gone: 0,
    ...given,
  }
}

/** A small realm with an indicator of every kind that needs no sensor. */
export function testRealm(changed: Partial<RealmPolicy> = {}): RealmPolicy {
  const name = { zh: '测试', en: 'test' }
  const common = { name, family: 'conduct', cause: 'food-hygiene' } as const
  return {
    realm: 'test',
    name,
    demonstration: false,
    clock: 'event',
    zoneOffsetMinutes: 480,
    effective: '2026-01-01',
    tickMinutes: 1440,
    periodDays: 7,
    placeGridMilliDegrees: 10,
    classScheme: 'test',
    classes: [
      { class: 'A', from: 0 },
      { class: 'B', from: 100 },
      { class: 'C', from: 250 },
      { class: 'D', from: 450 },
    ],
    warnings: [
      { level: 'blue', from: 200 },
      { level: 'yellow', from: 350 },
      { level: 'orange', from: 500 },
      { level: 'red', from: 700 },
    ],
    warningHysteresis: 40,
    decays: {
      half: [
        [0, 1000],
        [30, 800],
        [90, 500],
        [180, 250],
        [365, 0],
      ],
    },
    indicators: [
      {
        ...common,
        id: 'penalties',
        kind: 'decayed-count',
        weight: 700,
        basis: true,
        select: { kinds: ['penalty'] },
        decay: 'half',
        saturation: 2,
      },
      {
        ...common,
        id: 'complaint-burst',
        kind: 'burst',
        weight: 400,
        basis: false,
        select: { kinds: ['complaint'] },
        windowDays: 7,
        baselineDays: 56,
        peers: true,
      },
      {
        ...common,
        id: 'promises',
        kind: 'deadline',
        weight: 300,
        basis: false,
        select: { kinds: ['commitment'] },
        outcome: { kinds: ['commitment-outcome'] },
        match: 'promise',
        fullDays: 60,
      },
      {
        ...common,
        id: 'silence',
        kind: 'absence',
        weight: 200,
        basis: false,
        select: { kinds: ['arrears'] },
        afterDays: 40,
        fullDays: 120,
        feed: 'insurance',
      },
      {
        ...common,
        id: 'around',
        kind: 'place-surge',
        weight: 250,
        basis: false,
        cell: 'complaints-by-place',
        windowPeriods: 2,
        saturation: 3,
        relative: false,
      },
      { ...common, id: 'owners', kind: 'ownership', weight: 500, basis: false, hopWeight: 600, floor: 100 },
    ],
    cells: [
      { id: 'complaints-by-place', select: { kinds: ['complaint'] }, by: ['place'] },
      { id: 'causes', select: { kinds: ['complaint', 'penalty'] }, by: ['district', 'industry', 'cause'] },
    ],
    detection: {
      cell: 'causes',
      windowPeriods: 1,
      baselinePeriods: 8,
      industries: 2,
      minimumCount: 3,
      pEach: 0.01,
      alarmsPerYear: 4,
    },
    sampling: 'default',
    districts: {},
    industries: {},
    causes: {},
    routes: [],
    ...changed,
  }
}

/** `days` after the start of 2026 in Shanghai, at a fraction of a day. */
export const day = (days: number): number => NEW_YEAR + Math.round(days * DAY_MS)
