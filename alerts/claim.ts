import type { RealmPolicy } from '../core/policy.ts'
import type { RiskPoint } from '../core/risk.ts'
import type { ClusterFinding } from './detect-cross-industry.ts'
import type { Standing } from './enterprise-record.ts'
import type { Claim } from './lifecycle.ts'
import { describeCluster, describeRiskChange, type Part } from './reason-text.ts'
import { routeByLevel } from './route.ts'

/** What is said of an enterprise: from what was last told of it (else from what stood before) to what stands now. */
export function enterpriseClaim(
  point: RiskPoint,
  before: { readonly risk: number; readonly parts: readonly Part[] },
  after: Standing,
  policy: RealmPolicy,
): Claim {
  const gravest = after.parts[0]?.[0]
  const cause = policy.indicators.find((indicator) => indicator.id === gravest)?.cause ?? ''
  const industries = point.industry === '' ? [] : [point.industry]
  return {
    realm: point.realm,
    kind: 'enterprise',
    subject: point.enterprise,
    name: point.name,
    district: point.district,
    industries,
    cause,
    risk: after.risk,
    measure: '',
    evidence: after.evidence,
    enterprises: [point.enterprise],
    change: describeRiskChange(before, after, policy),
    receivers: routeByLevel(policy.routes, { district: point.district, industries, cause }),
  }
}

/** `industries`: all that have risen since the cluster began. */
export function clusterClaim(
  realm: string,
  finding: ClusterFinding,
  industries: readonly string[],
  policy: RealmPolicy,
): Claim {
  const { district, cause, rises, evidence, enterprises } = finding
  const perYear = toSignificant(finding.falsePerYear)
  const place = policy.districts[district] ?? { zh: district, en: district }
  const what = policy.causes[cause] ?? { zh: cause, en: cause }
  return {
    realm,
    kind: 'cross-industry',
    subject: `${district}|${cause}`,
    name: `${place.zh}·${what.zh}`,
    district,
    industries,
    cause,
    risk: 0,
    measure: rises.length === 0 ? '' : perYear,
    evidence,
    enterprises,
    change: describeCluster(district, cause, rises, perYear, policy),
    receivers: routeByLevel(policy.routes, { district, industries, cause }),
  }
}

/** Two digits that mean something, and no exponent: `0.042`, `1.3`; below a millionth the number says no more. */
function toSignificant(value: number): string {
  if (value < 1e-6) return '<0.000001'
  return value >= 1 ? value.toFixed(1) : String(Number(value.toPrecision(2)).toFixed(7)).replace(/0+$/, '')
}
