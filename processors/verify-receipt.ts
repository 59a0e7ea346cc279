import { Refusal } from '../core/errors.ts'
import { canonicalJson } from '../core/hash.ts'
import { readObservations } from '../core/observation-line.ts'
import type { RiskPoint } from '../core/risk.ts'
import { type CompiledPolicy, compilePolicy } from './compile-policy.ts'
import { createLoneFold } from './lone-fold.ts'
import { validateRealmPolicy } from './realm-policy.ts'
import { digestOf, type Receipt, readReceipt } from './receipt.ts'
import { type PointCheck, verifyPoint } from './verify-point.ts'

export interface ReceiptCheck extends PointCheck {
  /** What the file claims to prove; absent where it cannot be read. */
  readonly point?: RiskPoint
}

/**
 * Folds a receipt again from nothing but its own bytes: the policy, the lines and the time in it must give its change
 * point byte for byte, and its digest must fit. Whatever was changed is found: what a score hangs on by the fold even
 * where somebody made a new digest, the rest by the digest.
 */
export function verifyReceipt(bytes: Uint8Array): ReceiptCheck {
  let receipt: Receipt
  try {
    receipt = readReceipt(bytes)
  } catch (error) {
    return { ok: false, differences: [`不是凭证文件 / this is no receipt: ${messageOf(error)}`] }
  }
  const { point } = receipt
  const differences: string[] = []
  if (digestOf(receipt) !== receipt.digest)
    differences.push('摘要不符，内容已被改动 / the digest does not fit: something in the file was changed')
  const policy = policyOf(receipt, differences)
  if (policy !== undefined) {
    differences.push(...verifyPoint(point, policy).differences)
    differences.push(...foreignInputs(receipt))
    differences.push(...foldAgain(receipt, policy))
  }
  return { ok: differences.length === 0, differences, point }
}

function policyOf({ policy, activation }: Receipt, differences: string[]): CompiledPolicy | undefined {
  try {
    return compilePolicy(validateRealmPolicy(policy), activation.from)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    differences.push(`规则有误 / its policy is not right: ${error.message}`)
    return undefined
  }
}

/** What does not belong into the proof of this point: it could only hide that something else is missing. */
function foreignInputs({ point, policy, activation, sealed, steps }: Receipt): string[] {
  const differences: string[] = []
  if (
    activation.realm !== point.realm ||
    activation.policy !== point.policy ||
    (activation.from !== 0 && activation.from > point.effective)
  )
    differences.push(`启用记录与此评分无关 / the activation ${activation.id} is not that of this score`)
  if (policy.realm !== point.realm) differences.push(`规则属于 / the policy is for the realm ${policy.realm}`)
  const disorder = sealed.find(({ end }, index) => index > 0 && end <= (sealed[index - 1]?.end ?? 0))
  if (disorder !== undefined) differences.push(`汇总次序不对 / sealed period ${disorder.end} stands in the wrong place`)
  for (const period of sealed) {
    if (period.realm !== point.realm || period.effective > point.recorded)
      differences.push(`汇总与此评分无关 / sealed period ${period.end} is not part of this score`)
  }
  for (const line of steps.flatMap(({ lines }) => lines)) {
    const observations = readLine(line)
    const [observation] = observations
    if (
      observations.length !== 1 ||
      observation?.realm !== point.realm ||
      observation.subject !== point.enterprise ||
      !(observation.known < point.recorded)
    )
      differences.push(`记录与此评分无关 / a line is not part of this score: ${line.slice(0, 200)}`)
  }
  return differences
}

function readLine(line: string): ReturnType<typeof readObservations> {
  try {
    return readObservations(Buffer.from(line))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return []
  }
}

function foldAgain({ point, sealed, steps }: Receipt, policy: CompiledPolicy): string[] {
  let newest: RiskPoint | undefined
  try {
    const fold = createLoneFold(point.enterprise, sealed, policy)
    for (const step of steps) {
      for (const said of fold.take(step)) {
        if (said.effective === point.effective && said.recorded <= point.recorded) newest = said
      }
    }
  } catch (error) {
    // The lines come from outside: whatever they break in the fold, they prove nothing.
    return [`无法重新计算 / it cannot be folded: ${messageOf(error)}`]
  }
  return comparePoints(point, newest)
}

/** Field by field, what the fold says against what was written down; nothing where they are the same bytes. */
export function comparePoints(written: RiskPoint, folded: RiskPoint | undefined): string[] {
  if (folded === undefined) return [`重新计算后此时点没有评分 / folded again, nothing is said at ${written.effective}`]
  const [left, right] = [fieldsOf(written), fieldsOf(folded)]
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((field) => left.get(field) !== right.get(field))
    .map((field) => `${field}: ${left.get(field)}, 重新计算为 / folded again ${right.get(field)}`)
}

function fieldsOf(point: RiskPoint): Map<string, string> {
  return new Map(Object.entries(point).map(([field, value]) => [field, canonicalJson(value)]))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
