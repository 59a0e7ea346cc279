import type { IndicatorPolicy } from '../core/indicator-policy.ts'
import type { RealmPolicy } from '../core/policy.ts'

/** One of each kind that the made city speaks of, decayed counts four times as they are in every policy. */
const TEN = [
  'penalty-general',
  'inspection-failed',
  'court-listing',
  'complaints-volume',
  'complaints-food',
  'cod-exceeded',
  'cod-unusual',
  'insurance-silent',
  'commitment-overdue',
  'risky-sector',
]

/**
 * The realm's policy with so many indicators: those ten, and then the same ten again with other numbers, so that none
 * says what another says already. Copies of limits are of a metric of their own.
 */
export function withIndicators(realm: RealmPolicy, count: number): RealmPolicy {
  const ten = TEN.map((id) => {
    const found = realm.indicators.find((indicator) => indicator.id === id)
    if (found === undefined) throw new RangeError(`the policy has no indicator ${id}`)
    return found
  })
  const indicators = Array.from({ length: count }, (_, index) => {
    const base = ten[index % ten.length]
    if (base === undefined) throw new RangeError('no indicator to make others of')
    return variant(base, Math.floor(index / ten.length))
  })
  return { ...realm, indicators, cells: [] }
}

function variant(base: IndicatorPolicy, number: number): IndicatorPolicy {
  if (number === 0) return base
  const id = `${base.id}-${number}`
  switch (base.kind) {
    case 'decayed-count':
      return { ...base, id, saturation: base.saturation * (1 + number) }
    case 'burst':
      return { ...base, id, windowDays: base.windowDays + number }
    case 'threshold-duration':
      return { ...base, id, metric: `${base.metric}-${number}`, above: base.above + number }
    case 'sensor-anomaly':
      return { ...base, id, metric: `${base.metric}-${number}` }
    case 'absence':
      return { ...base, id, afterDays: base.afterDays + number, fullDays: base.fullDays + number }
    case 'deadline':
      return { ...base, id, fullDays: base.fullDays + number }
    default:
      return { ...base, id }
  }
}

/** The metrics that its indicators read. */
export function metricsOf({ indicators }: RealmPolicy): readonly string[] {
  return indicators.flatMap((indicator) => (indicator.kind === 'threshold-duration' ? [indicator.metric] : []))
}
