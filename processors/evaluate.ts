import type { RealmPolicy } from '../core/policy.ts'
import type { Signal } from '../core/risk.ts'
import { attributesAt } from './attributes.ts'
import { afterPart, NO_RISK, riskOf } from './combine.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import { countEntries } from './count-entries.ts'
import type { Attributes, EnterpriseState, LastPoint } from './enterprise.ts'
import type { Entry } from './entry.ts'
import type { Side } from './side.ts'
import { gravestIndicator, type SpeakingPart, signalsOf } from './signals.ts'

/** What is so of one enterprise at one tick, and until when time alone leaves it so. */
export interface Evaluation {
  readonly attributes: Attributes
  readonly risk: number
  readonly own: number
  readonly basis: number
  readonly class: LastPoint['class']
  readonly parts: readonly SpeakingPart[]
  readonly until: number
  /** Made of the parts when somebody asks: `signalsIn`. */
  signals: readonly Signal[] | undefined
}

const NO_ENTRIES: readonly (readonly Entry[])[] = []

export function evaluate(enterprise: EnterpriseState, tick: number, side: Side, policy: CompiledPolicy): Evaluation {
  const attributes = attributesAt(enterprise, tick)
  const { lists, readings } = countEntries(enterprise, tick, policy)
  const view = { tick, enterprise, attributes, side, firstKnown: enterprise.entries[0]?.known ?? tick }
  const { indicators } = policy
  const parts: SpeakingPart[] = []
  let [remaining, ownRemaining, basisRemaining] = [NO_RISK, NO_RISK, NO_RISK]
  let until = Number.POSITIVE_INFINITY
  for (let index = 0; index < indicators.length; index++) {
    const indicator = indicators[index]
    if (indicator === undefined) continue
    const own = lists[index]
    // What counts facts says nothing without one, save what tells of their lack.
    if (own === undefined && indicator.selections.length > 0 && indicator.speaksOfLack !== true) continue
    let reading = readings[index]
    if (reading === undefined || tick >= reading.until) {
      reading = indicator.read(view, own ?? NO_ENTRIES)
      if (indicator.isSteady === true) readings[index] = reading
    }
    if (reading.until < until) until = reading.until
    if (reading.intensity === 0) continue
    const { kind, weight, basis } = indicator.policy
    const part = { indicator: indicator.policy, reading, weight, intensity: reading.intensity }
    parts.push(part)
    remaining = afterPart(remaining, part)
    if (kind !== 'ownership') ownRemaining = afterPart(ownRemaining, part)
    if (basis) basisRemaining = afterPart(basisRemaining, part)
  }
  const basis = riskOf(basisRemaining)
  return {
    attributes,
    risk: riskOf(remaining),
    own: riskOf(ownRemaining),
    basis,
    class: classOf(policy.realm, basis),
    parts,
    until,
    signals: undefined,
  }
}

/** What the indicators say: most evaluations change nothing, and nobody asks. */
export function signalsIn(evaluation: Evaluation): readonly Signal[] {
  evaluation.signals ??= signalsOf(evaluation.parts, evaluation.risk)
  return evaluation.signals
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
  const { risk, own, basis, attributes } = evaluation
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
    cause: gravestIndicator(signalsIn(evaluation)),
  }
}
