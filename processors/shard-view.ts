import type { RealmPolicy } from '../core/policy.ts'
import type { Riser, RiskPoint, ShardView, WarningLevel } from '../core/risk.ts'
import { DAY_MS } from '../core/time.ts'
import type { LastPoint } from './enterprise.ts'
import type { ShardState } from './shard-state.ts'

const RISERS_KEPT = 20

export function levelOf(realm: RealmPolicy, risk: number): WarningLevel | 'none' {
  let found: WarningLevel | 'none' = 'none'
  let from = -1
  for (const band of realm.warnings) {
    if (risk >= band.from && band.from > from) {
      found = band.level
      from = band.from
    }
  }
  return found
}

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

/** Totals of a shard as they stand: what a board adds up. */
export function shardView(state: ShardState, realm: RealmPolicy, risers: readonly Riser[]): ShardView {
  const cells: Record<string, [number, number, number]> = {}
  const classes = { A: 0, B: 0, C: 0, D: 0 }
  const levels: Record<WarningLevel | 'none', number> = { none: 0, blue: 0, yellow: 0, orange: 0, red: 0 }
  let enterprises = 0
  for (const { last } of state.enterprises.values()) {
    if (last === null) continue
    enterprises += 1
    const level = levelOf(realm, last.risk)
    classes[last.class] += 1
    levels[level] += 1
    const key = `${last.district}|${last.industry}`
    const cell = cells[key] ?? [0, 0, 0]
    cells[key] = cell
    cell[0] += 1
    cell[1] += last.risk
    if (level === 'yellow' || level === 'orange' || level === 'red') cell[2] += 1
  }
  return { shard: state.shard, sealedUntil: state.sealed, enterprises, cells, classes, levels, risers }
}
