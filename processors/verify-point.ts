import type { Bilingual } from '../core/bilingual.ts'
import { canonicalJson, fullHash } from '../core/hash.ts'
import type { RiskPoint } from '../core/risk.ts'
import { combine, contributions } from './combine.ts'
import type { CompiledPolicy } from './compile-policy.ts'

export interface PointCheck {
  readonly ok: boolean
  /** What does not fit, in words; empty where all fits. */
  readonly differences: readonly Bilingual[]
}

/**
 * Checks a change point against itself and against a policy set, without any store: its receipt is the hash of what it
 * says, its policy is the one at hand, and risk, basis, own risk and every contribution follow from the intensities.
 */
export function verifyPoint(point: RiskPoint, policy: CompiledPolicy): PointCheck {
  const { revision: _revision, recorded: _recorded, removed: _removed, receipt, ...said } = point
  const differences: Bilingual[] = []
  const check = (what: string, expected: unknown, found: unknown) => {
    if (expected !== found)
      differences.push({ zh: `${what}: ${found},应为 ${expected}`, en: `${what}: ${found}, expected ${expected}` })
  }
  check('receipt', fullHash(canonicalJson(said)), receipt)
  check('policy', policy.hash, point.policy)
  if (point.policy !== policy.hash) return { ok: false, differences }
  const parts = point.signals.map((signal) => {
    const indicator = policy.realm.indicators.find(({ id }) => id === signal.indicator)
    if (indicator === undefined)
      differences.push({
        zh: `规则中没有指标 ${signal.indicator}`,
        en: `indicator ${signal.indicator} is not in the policy`,
      })
    return { indicator, weight: indicator?.weight ?? 0, intensity: signal.intensity }
  })
  const risk = combine(parts)
  check('risk', risk, point.risk)
  check('own', combine(parts.filter(({ indicator }) => indicator?.kind !== 'ownership')), point.own)
  check('basis', combine(parts.filter(({ indicator }) => indicator?.basis === true)), point.basis)
  for (const [index, points] of contributions(parts, risk).entries()) {
    const signal = point.signals[index]
    if (signal !== undefined) check(`points of ${signal.indicator}`, points, signal.points)
  }
  return { ok: differences.length === 0, differences }
}
