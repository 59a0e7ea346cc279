import { canonicalJson, fullHash } from '../core/hash.ts'
import type { RealmPolicy } from '../core/policy.ts'
import type { RiskPoint, Signal } from '../core/risk.ts'
import { combine, contributions } from './combine.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import { type Attributes, type EnterpriseState, type Entry, isActive, type LastPoint } from './enterprise.ts'
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

const NOBODY: Attributes = { name: '', district: '', industry: '', place: '', owners: [], facts: {} }

/** Who the enterprise is by what was known before `tick`: later registrations overwrite fact by fact. */
export function attributesAt(entries: readonly Entry[], tick: number): Attributes {
  let facts: Record<string, string> | undefined
  const owners = new Set<string>()
  for (const entry of entries) {
    if (entry.known >= tick) break
    if (entry.facts === null || (entry.facts.name === undefined && entry.facts.owner === undefined)) continue
    if (!isActive(entry, tick)) continue
    facts = facts === undefined ? { ...entry.facts } : Object.assign(facts, entry.facts)
    if (entry.facts.owner) owners.add(entry.facts.owner)
  }
  if (facts === undefined) return NOBODY
  return {
    name: facts.name ?? '',
    district: facts.district ?? '',
    industry: facts.industry ?? '',
    place: facts.place ?? '',
    owners: [...owners].sort(),
    facts,
  }
}

export function evaluate(enterprise: EnterpriseState, tick: number, side: Side, policy: CompiledPolicy): Evaluation {
  const { entries } = enterprise
  const attributes = attributesAt(entries, tick)
  const counted: Entry[][][] = policy.indicators.map((indicator) => indicator.selections.map(() => []))
  let until = Number.POSITIVE_INFINITY
  for (const entry of entries) {
    if (entry.known >= tick) break
    if (!isActive(entry, tick)) continue
    for (const hit of entry.hits) {
      const at = policy.selectionAt[hit]
      if (at !== undefined) counted[at[0]]?.[at[1]]?.push(entry)
    }
  }
  const view = { tick, enterprise, attributes, side, firstKnown: entries[0]?.known ?? tick }
  const parts = policy.indicators.map((indicator, index) => {
    const reading = indicator.read(view, counted[index] ?? [])
    if (reading.until < until) until = reading.until
    return { indicator: indicator.policy, reading, weight: indicator.policy.weight, intensity: reading.intensity }
  })
  const risk = combine(parts)
  const points = contributions(parts, risk)
  const basis = combine(parts.filter(({ indicator }) => indicator.basis))
  return {
    attributes,
    risk,
    own: combine(parts.filter(({ indicator }) => indicator.kind !== 'ownership')),
    basis,
    class: classOf(policy.realm, basis),
    signals: parts
      .map(({ indicator, reading }, index) => ({
        indicator: indicator.id,
        intensity: reading.intensity,
        measure: reading.measure,
        points: points[index] ?? 0,
        evidence: reading.evidence,
      }))
      .filter((signal) => signal.intensity > 0),
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

/** The change point with its receipt: a hash over everything it says, so that a changed digit is found. */
export function toRiskPoint(
  enterprise: EnterpriseState,
  effective: number,
  evaluation: Evaluation,
  policy: CompiledPolicy,
): RiskPoint {
  const said = {
    realm: policy.realm.realm,
    enterprise: enterprise.id,
    name: evaluation.attributes.name,
    effective,
    risk: evaluation.risk,
    own: evaluation.own,
    basis: evaluation.basis,
    class: evaluation.class,
    district: evaluation.attributes.district,
    industry: evaluation.attributes.industry,
    signals: evaluation.signals,
    policy: policy.hash,
  }
  return { ...said, revision: enterprise.revision, removed: 0, receipt: fullHash(canonicalJson(said)) }
}
