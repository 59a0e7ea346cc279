import type { Riser, RiskPoint } from '../core/risk.ts'
import { DAY_MS } from '../core/time.ts'
import type { LastPoint } from './enterprise.ts'

const RISERS_KEPT = 20

/** Rises of the last day of the realm's clock, kept apart from the state: a board's memory, rebuilt from what is said. */
export interface RecentRises {
  note(point: RiskPoint, before: LastPoint | null): void
  top(sealed: number): readonly Riser[]
}

export function createRecentRises(causeOf: (indicator: string) => string): RecentRises {
  const rises = new Map<string, { riser: Riser; at: number; from: number }>()
  return {
    note(point, before) {
      const from = before?.risk ?? 0
      const known = rises.get(point.enterprise)
      const base = known !== undefined && point.effective - known.at < DAY_MS ? Math.min(known.from, from) : from
      const gravest = point.signals.reduce((best, signal) => (signal.points > best.points ? signal : best), {
        points: 0,
        indicator: '',
      })
      rises.set(point.enterprise, {
        at: known !== undefined && point.effective - known.at < DAY_MS ? known.at : point.effective,
        from: base,
        riser: {
          enterprise: point.enterprise,
          name: point.name,
          district: point.district,
          industry: point.industry,
          risk: point.risk,
          rise: point.risk - base,
          cause: causeOf(gravest.indicator),
        },
      })
    },
    top(sealed) {
      for (const [id, { at }] of rises) if (sealed - at > DAY_MS) rises.delete(id)
      return [...rises.values()]
        .map(({ riser }) => riser)
        .filter((riser) => riser.rise > 0)
        .sort((left, right) => right.rise - left.rise || (left.enterprise < right.enterprise ? -1 : 1))
        .slice(0, RISERS_KEPT)
    },
  }
}
