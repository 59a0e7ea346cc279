import { fullHash } from '../core/hash.ts'
import type { IndicatorPolicy, RealmPolicy } from '../core/policy.ts'
import type { RiskPoint, Signal } from '../core/risk.ts'
import { combine, contributions } from './combine.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import { type Attributes, type EnterpriseState, type Entry, isActive, type LastPoint } from './enterprise.ts'
import type { Indicator, Reading } from './indicators/indicator.ts'
import type { Side } from './side.ts'

/** What is so of one enterprise at one tick, and until when time alone leaves it so. */
export interface Evaluation {
  readonly attributes: Attributes
  readonly risk: number
  readonly own: number
  readonly basis: number
  readonly class: LastPoint['class']
  readonly signals: readonly Signal[]
  readonly until: number
}

const NO_ENTRIES: readonly (readonly Entry[])[] = []
const NOBODY: Attributes = { name: '', district: '', industry: '', place: '', owners: [], facts: {} }

/** Who the enterprise is by what was known before `tick`: later registrations overwrite fact by fact. */
export function attributesAt({ registry }: EnterpriseState, tick: number): Attributes {
  let facts: Readonly<Record<string, string>> | undefined
  let owners: readonly string[] = NOBODY.owners
  for (const entry of registry) {
    if (entry.facts === null || !isActive(entry, tick)) continue
    facts = facts === undefined ? entry.facts : { ...facts, ...entry.facts }
    const { owner } = entry.facts
    if (owner && !owners.includes(owner)) owners = [...owners, owner].sort()
  }
  if (facts === undefined) return NOBODY
  const { name = '', district = '', industry = '', place = '' } = facts
  return { name, district, industry, place, owners, facts }
}

/** Sorts the active entries by the selections that count them. */
function countEntries({ entries }: EnterpriseState, tick: number, policy: CompiledPolicy): (Entry[][] | undefined)[] {
  const counted: (Entry[][] | undefined)[] = []
  for (const entry of entries) {
    if (entry.known >= tick) break
    const { hits } = entry
    if (hits.length === 0 || !isActive(entry, tick)) continue
    for (const hit of hits) {
      const at = policy.selectionAt[hit]
      if (at === undefined) continue
      const [indicator, selection] = at
      const lists = counted[indicator]
      if (lists === undefined) counted[indicator] = firstCounted(entry, selection, policy.indicators[indicator])
      else lists[selection]?.push(entry)
    }
  }
  return counted
}

/** Most indicators have one selection, and most of those that count anything count one entry. */
function firstCounted(entry: Entry, selection: number, indicator: Indicator | undefined): Entry[][] {
  const lists: Entry[][] = []
  for (let i = indicator?.selections.length ?? 0; i > 0; i--) lists.push([])
  lists[selection]?.push(entry)
  return lists
}

interface SpeakingPart {
  readonly indicator: IndicatorPolicy
  readonly reading: Reading
  readonly weight: number
  readonly intensity: number
}

export function evaluate(enterprise: EnterpriseState, tick: number, side: Side, policy: CompiledPolicy): Evaluation {
  const attributes = attributesAt(enterprise, tick)
  const counted = countEntries(enterprise, tick, policy)
  const view = { tick, enterprise, attributes, side, firstKnown: enterprise.entries[0]?.known ?? tick }
  const parts: SpeakingPart[] = []
  let until = Number.POSITIVE_INFINITY
  for (const [index, indicator] of policy.indicators.entries()) {
    const own = counted[index]
    // What counts facts says nothing without one, save what tells of their lack.
    if (own === undefined && indicator.selections.length > 0 && indicator.speaksOfLack !== true) continue
    const reading = indicator.read(view, own ?? NO_ENTRIES)
    if (reading.until < until) until = reading.until
    if (reading.intensity === 0) continue
    parts.push({ indicator: indicator.policy, reading, weight: indicator.policy.weight, intensity: reading.intensity })
  }
  const risk = combine(parts)
  const points = contributions(parts, risk)
  const basis = combine(parts.filter(({ indicator }) => indicator.basis))
  return {
    attributes,
    risk,
    own: combine(parts.filter(({ indicator }) => indicator.kind !== 'ownership')),
    basis,
    class: classOf(policy.realm, basis),
    // Fields in the order of their names: their plain JSON is canonical.
    signals: parts.map(({ indicator, reading }, index) => ({
      evidence: reading.evidence,
      indicator: indicator.id,
      intensity: reading.intensity,
      measure: reading.measure,
      points: points[index] ?? 0,
    })),
    until,
  }
}

function classOf(realm: RealmPolicy, basis: number): LastPoint['class'] {
  let found: LastPoint['class'] = 'A'
  let from = -1
  for (const band of realm.classes) {
    if (basis >= band.from && band.from > from) {
      found = band.class
      from = band.from
    }
  }
  return found
}

/** The signal that weighs most; empty where nothing speaks. */
export function gravestIndicator(signals: readonly Signal[]): string {
  let gravest = ''
  let points = 0
  for (const signal of signals) {
    if (signal.points <= points) continue
    points = signal.points
    gravest = signal.indicator
  }
  return gravest
}

/** Whether the evaluation says anything that the last point did not. */
export function isChange(last: LastPoint | null, evaluation: Evaluation): boolean {
  return (
    last === null ||
    last.risk !== evaluation.risk ||
    last.own !== evaluation.own ||
    last.basis !== evaluation.basis ||
    last.class !== evaluation.class ||
    last.district !== evaluation.attributes.district ||
    last.industry !== evaluation.attributes.industry ||
    last.name !== evaluation.attributes.name
  )
}

export function toLastPoint(effective: number, evaluation: Evaluation): LastPoint {
  const { risk, own, basis, attributes, signals } = evaluation
  const { district, industry, name } = attributes
  return {
    effective,
    risk,
    own,
    basis,
    class: evaluation.class,
    district,
    industry,
    name,
    cause: gravestIndicator(signals),
  }
}

/** A change point and its line of the log: written once, as most of its cost is to write it. */
export interface SaidPoint {
  readonly point: RiskPoint
  /** What `JSON.stringify` makes of the point. */
  readonly line: string
}

/**
 * The change point with its receipt: a hash over everything it says, so that a changed digit is found. `recorded`: the
 * tick at which it is said, UTC ms.
 */
export function toRiskPoint(
  enterprise: EnterpriseState,
  effective: number,
  evaluation: Evaluation,
  policy: CompiledPolicy,
  recorded: number,
): SaidPoint {
  const { attributes, basis, own, risk, signals } = evaluation
  // Fields in the order of their names: what JSON.stringify makes of them is their canonical JSON, at a third of the cost.
  const said = {
    basis,
    class: evaluation.class,
    district: attributes.district,
    effective,
    enterprise: enterprise.id,
    industry: attributes.industry,
    name: attributes.name,
    own,
    policy: policy.hash,
    realm: policy.realm.realm,
    risk,
    signals,
  }
  const text = JSON.stringify(said)
  const receipt = fullHash(text)
  const { revision } = enterprise
  return {
    point: { ...said, revision, recorded, removed: 0, receipt },
    line: `${text.slice(0, -1)},"revision":${revision},"recorded":${recorded},"removed":0,"receipt":"${receipt}"}`,
  }
}
