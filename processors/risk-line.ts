import { fullHash } from '../core/hash.ts'
import { jsonNumber, jsonText, jsonWord } from '../core/json-text.ts'
import type { RiskPoint, Signal } from '../core/risk.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import type { EnterpriseState } from './enterprise.ts'
import { type Evaluation, signalsIn } from './evaluate.ts'

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
  const { attributes, basis, own, risk } = evaluation
  const { district, industry, name } = attributes
  const { id, revision } = enterprise
  const { realm } = policy.realm
  const signals = signalsIn(evaluation)
  // Fields in the order of their names: the text is their canonical JSON, which is what the receipt is of.
  let text = `{"basis":${basis},"class":"${evaluation.class}","district":${jsonWord(district)},"effective":${effective}`
  text += `,"enterprise":${jsonText(id)},"industry":${jsonWord(industry)},"name":${jsonText(name)},"own":${own}`
  text += `,"policy":"${policy.hash}","realm":${jsonWord(realm)},"risk":${risk},"signals":[`
  for (let i = 0; i < signals.length; i++) {
    const signal = signals[i]
    if (signal !== undefined) text += i === 0 ? signalText(signal) : `,${signalText(signal)}`
  }
  text += ']}'
  const receipt = fullHash(text)
  return {
    point: {
      basis,
      class: evaluation.class,
      district,
      effective,
      enterprise: id,
      industry,
      name,
      own,
      policy: policy.hash,
      realm,
      risk,
      signals,
      revision,
      recorded,
      removed: 0,
      receipt,
    },
    // Hashing has made one piece of the text: a part of that is cheaper to copy than the many that it was made of.
    line: `${text.slice(0, -1)},"revision":${revision},"recorded":${recorded},"removed":0,"receipt":"${receipt}"}`,
  }
}

/** Its fields, too, in the order of their names. */
function signalText({ evidence, indicator, intensity, measure, points }: Signal): string {
  let text = '{"evidence":['
  for (let i = 0; i < evidence.length; i++)
    text += i === 0 ? jsonText(evidence[i] ?? '') : `,${jsonText(evidence[i] ?? '')}`
  return `${text}],"indicator":${jsonWord(indicator)},"intensity":${jsonNumber(intensity)},"measure":${jsonText(measure)},"points":${jsonNumber(points)}}`
}
