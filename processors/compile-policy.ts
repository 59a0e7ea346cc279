import { createWorkCalendar } from '../core/calendar.ts'
import { canonicalJson, fullHash } from '../core/hash.ts'
import type { IndicatorPolicy } from '../core/indicator-policy.ts'
import type { Observation } from '../core/observation.ts'
import type { CellPolicy, RealmPolicy } from '../core/policy.ts'
import { matcher } from '../core/selection.ts'
import { DAY_MS, MINUTE_MS } from '../core/time.ts'
import { createAbsence } from './indicators/absence.ts'
import { createAge, createAttribute } from './indicators/attribute.ts'
import { createBurst, POPULATION_CELL, peerCell } from './indicators/burst.ts'
import { createConfirmedEvents, VIDEO_FACTS } from './indicators/confirmed-events.ts'
import { comparedFacts, createContradiction } from './indicators/contradiction.ts'
import { createDeadline } from './indicators/deadline.ts'
import { createDecayedCount } from './indicators/decayed-count.ts'
import type { Indicator, IndicatorContext } from './indicators/indicator.ts'
import { createSensorAnomaly, createThresholdDuration } from './indicators/sensor.ts'
import { createSessionCount } from './indicators/session-count.ts'
import { createOwnership, createPlaceSurge, PAST_WINDOWS } from './indicators/ties.ts'
import { createWindowCount } from './indicators/window-count.ts'
import { type CellFinder, createCellFinder } from './own-cells.ts'

/** A realm's policy, ready to judge with; made once, never changed. */
export interface CompiledPolicy extends CellFinder {
  readonly realm: RealmPolicy
  readonly hash: string
  /**
   * The tick at which it takes over from another policy: all is said anew at it, and nothing of what lies before, which
   * is the other's. Minus infinity for a realm's first policy, and for one in shadow.
   */
  readonly from: number
  readonly tickMs: number
  readonly periodMs: number
  readonly indicators: readonly Indicator[]
  /** Index of the indicator and of its selection, by place in an entry's `hits`. */
  readonly selectionAt: readonly (readonly [indicator: number, selection: number])[]
  readonly cells: readonly CellPolicy[]
  /** So far before a tick what the city said then is looked at, ms. */
  readonly cityLookMs: number
  /** Sensor limits and anomaly thresholds by metric. */
  readonly metrics: ReadonlyMap<string, { readonly above: number | undefined; readonly anomaly: number | undefined }>
  hitsOf(observation: Observation): readonly number[]
  /** The facts that any indicator reads later, or null. */
  keptFacts(observation: Observation): Readonly<Record<string, string>> | null
}

/** `from`: the tick at which it takes over, UTC ms; 0 where it follows no other. */
export function compilePolicy(realm: RealmPolicy, from = 0): CompiledPolicy {
  const calendar = createWorkCalendar(realm.calendar, realm.zoneOffsetMinutes)
  const context: IndicatorContext = { realm, periodMs: realm.periodDays * DAY_MS, calendar }
  const indicators = realm.indicators.map((policy) => createIndicator(policy, context))
  const selections = indicators.flatMap((indicator, index) =>
    indicator.selections.map((selection, which) => ({
      at: [index, which] as const,
      matches: matcher(selection),
      selection,
    })),
  )
  const byKind = new Map<string, { index: number; matches: (observation: Observation) => boolean }[]>()
  for (const [index, { selection, matches }] of selections.entries()) {
    for (const kind of selection.kinds) byKind.set(kind, [...(byKind.get(kind) ?? []), { index, matches }])
  }
  const factNames = new Set<string>([
    ...realm.indicators.flatMap((policy) => {
      if (policy.kind === 'confirmed-events') return VIDEO_FACTS
      if (policy.kind !== 'deadline') return []
      return [policy.match, 'deadline', ...(policy.widerOutcomes ?? []).map(({ match }) => match)]
    }),
    ...comparedFacts(realm),
  ])
  const cells = allCells(realm)
  return {
    ...createCellFinder(cells),
    realm,
    hash: fullHash(canonicalJson(realm)),
    from: from === 0 ? Number.NEGATIVE_INFINITY : from,
    tickMs: realm.tickMinutes * MINUTE_MS,
    periodMs: context.periodMs,
    indicators,
    selectionAt: selections.map(({ at }) => at),
    cells,
    cityLookMs: cityLookMs(realm, context.periodMs),
    metrics: metricsOf(realm),
    hitsOf(observation) {
      const hits: number[] = []
      for (const { index, matches } of byKind.get(observation.kind) ?? []) if (matches(observation)) hits.push(index)
      return hits
    },
    keptFacts(observation) {
      if (observation.kind === 'registration' || observation.kind === 'ownership') return observation.facts
      if (factNames.size === 0) return null
      const { facts } = observation
      const names = Object.keys(facts).filter((name) => factNames.has(name))
      return names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, facts[name] ?? '']))
    },
  }
}

function createIndicator(policy: IndicatorPolicy, context: IndicatorContext): Indicator {
  switch (policy.kind) {
    case 'decayed-count':
      return createDecayedCount(policy, context)
    case 'burst':
      return createBurst(policy, context)
    case 'threshold-duration':
      return createThresholdDuration(policy)
    case 'deadline':
      return createDeadline(policy, context)
    case 'absence':
      return createAbsence(policy, context)
    case 'sensor-anomaly':
      return createSensorAnomaly(policy)
    case 'confirmed-events':
      return createConfirmedEvents(policy)
    case 'place-surge':
      return createPlaceSurge(policy, context)
    case 'ownership':
      return createOwnership(policy)
    case 'attribute':
      return createAttribute(policy)
    case 'age':
      return createAge(policy)
    case 'session-count':
      return createSessionCount(policy)
    case 'window-count':
      return createWindowCount(policy, context)
    case 'contradiction':
      return createContradiction(policy, context)
  }
}

/** The policy's cells and those that its peer baselines need. */
function allCells(realm: RealmPolicy): CellPolicy[] {
  const bursts = realm.indicators.flatMap((policy) => (policy.kind === 'burst' && policy.peers ? [policy] : []))
  const peers = bursts.map(
    (policy): CellPolicy => ({ id: peerCell(policy.id), select: policy.select, by: ['industry'] }),
  )
  const population: CellPolicy[] =
    bursts.length === 0 ? [] : [{ id: POPULATION_CELL, select: { kinds: ['registration'] }, by: ['industry'] }]
  return [...realm.cells, ...peers, ...population]
}

/** What takes effect a period later is counted in the periods before that, and in a burst as of its newest fact. */
function cityLookMs(realm: RealmPolicy, periodMs: number): number {
  const looks = realm.indicators.map((policy) => {
    if (policy.kind === 'burst') return (policy.windowDays + policy.baselineDays) * DAY_MS
    return policy.kind === 'place-surge' ? policy.windowPeriods * (1 + PAST_WINDOWS) * periodMs : 0
  })
  return 3 * periodMs + Math.max(0, ...looks)
}

function metricsOf(realm: RealmPolicy): CompiledPolicy['metrics'] {
  const metrics = new Map<string, { above: number | undefined; anomaly: number | undefined }>()
  for (const policy of realm.indicators) {
    if (policy.kind !== 'threshold-duration' && policy.kind !== 'sensor-anomaly') continue
    const found = metrics.get(policy.metric) ?? { above: undefined, anomaly: undefined }
    metrics.set(policy.metric, {
      above: policy.kind === 'threshold-duration' ? policy.above : found.above,
      anomaly: policy.kind === 'sensor-anomaly' ? policy.threshold : found.anomaly,
    })
  }
  return metrics
}
