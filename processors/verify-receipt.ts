import { type Bilingual, joined } from '../core/bilingual.ts'
import { Refusal, textOf } from '../core/errors.ts'
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
    return { ok: false, differences: [about({ zh: '不是凭证文件', en: 'this is no receipt' }, error)] }
  }
  const { point } = receipt
  const differences: Bilingual[] = []
  if (digestOf(receipt) !== receipt.digest)
    differences.push({ zh: '摘要不符,内容已被改动', en: 'the digest does not fit: something in the file was changed' })
  const policy = policyOf(receipt, differences)
  if (policy !== undefined) {
    differences.push(...verifyPoint(point, policy).differences)
    differences.push(...foreignInputs(receipt))
    differences.push(...foldAgain(receipt, policy))
  }
  return { ok: differences.length === 0, differences, point }
}

function policyOf({ policy, activation }: Receipt, differences: Bilingual[]): CompiledPolicy | undefined {
  try {
    return compilePolicy(validateRealmPolicy(policy), activation.from)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    differences.push(about({ zh: '规则有误', en: 'its policy is not right' }, error))
    return undefined
  }
}

/** What does not belong into the proof of this point: it could only hide that something else is missing. */
function foreignInputs({ point, policy, activation, sealed, steps }: Receipt): Bilingual[] {
  const differences: Bilingual[] = []
  if (
    activation.realm !== point.realm ||
    activation.policy !== point.policy ||
    (activation.from !== 0 && activation.from > point.effective)
  )
    differences.push({
      zh: `启用记录 ${activation.id} 与此评分无关`,
      en: `the activation ${activation.id} is not that of this score`,
    })
  if (policy.realm !== point.realm)
    differences.push({ zh: `规则属于数据域 ${policy.realm}`, en: `the policy is for the realm ${policy.realm}` })
  const disorder = sealed.find(({ end }, index) => index > 0 && end <= (sealed[index - 1]?.end ?? 0))
  if (disorder !== undefined)
    differences.push({
      zh: `周期 ${disorder.end} 的汇总次序不对`,
      en: `sealed period ${disorder.end} stands in the wrong place`,
    })
  for (const period of sealed) {
    if (period.realm !== point.realm || period.effective > point.recorded)
      differences.push({
        zh: `周期 ${period.end} 的汇总与此评分无关`,
        en: `sealed period ${period.end} is not part of this score`,
      })
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
      differences.push({
        zh: `有一行与此评分无关:${line.slice(0, 200)}`,
        en: `a line is not part of this score: ${line.slice(0, 200)}`,
      })
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

function foldAgain({ point, sealed, steps }: Receipt, policy: CompiledPolicy): Bilingual[] {
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
    return [about({ zh: '无法重新计算', en: 'it cannot be folded' }, error)]
  }
  return comparePoints(point, newest)
}

/** Field by field, what the fold says against what was written down; nothing where they are the same bytes. */
export function comparePoints(written: RiskPoint, folded: RiskPoint | undefined): Bilingual[] {
  if (folded === undefined)
    return [
      {
        zh: `重新计算后,${written.effective} 没有评分`,
        en: `folded again, nothing is said at ${written.effective}`,
      },
    ]
  const [left, right] = [fieldsOf(written), fieldsOf(folded)]
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((field) => left.get(field) !== right.get(field))
    .map((field) => ({
      zh: `${field}: ${left.get(field)},重新计算为 ${right.get(field)}`,
      en: `${field}: ${left.get(field)}, folded again ${right.get(field)}`,
    }))
}

function fieldsOf(point: RiskPoint): Map<string, string> {
  return new Map(Object.entries(point).map(([field, value]) => [field, canonicalJson(value)]))
}

function about(what: Bilingual, error: unknown): Bilingual {
  return joined([what, textOf(error)], ': ')
}
