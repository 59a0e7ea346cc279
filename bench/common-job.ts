import type { IndicatorPolicy } from '../core/indicator-policy.ts'
import type { RealmPolicy } from '../core/policy.ts'

/** Kinds that need nothing of other enterprises: what peers, owners and places say comes out of the second stage. */
const KINDS: ReadonlySet<IndicatorPolicy['kind']> = new Set<IndicatorPolicy['kind']>([
  'decayed-count',
  'absence',
  'attribute',
  'threshold-duration',
  'sensor-anomaly',
])

/** The realm's policy with those indicators alone that another engine can be asked for, too. */
export function commonJob(realm: RealmPolicy): RealmPolicy {
  return { ...realm, indicators: realm.indicators.filter(({ kind }) => KINDS.has(kind)), cells: [] }
}
