import type { SealedPeriod } from '../core/cells.ts'
import type { Outages } from './outages.ts'

/**
 * What the whole city said, as far as it is in force: sealed periods come in order and are kept sparse. All shards of a
 * process share one; its answers depend on the tick asked for, never on how far it has read beyond it.
 */
export interface Side {
  /** When feeds were broken, as far as any shard has read; an instant beyond a tick does not concern that tick. */
  readonly outages: Outages
  /** End of the newest sealed period, 0 before the first. */
  sealedEnd(): number
  /** Takes a period in; one that ended at or before `sealedEnd` is known already and ignored. Returns whether it was new. */
  take(period: SealedPeriod): boolean
  /** Sum of a cell over the `periods` newest periods in force at `tick`. */
  windowSum(cell: string, key: string, tick: number, periods: number): number
  /** Every key that a cell was ever counted under. */
  keysOf(cell: string): Iterable<string>
  /** Sum over all periods in force at `tick`. */
  total(cell: string, key: string, tick: number): number
  /** The riskiest members of an owner as in force at `tick`. */
  members(owner: string, tick: number): readonly (readonly [string, number])[]
  /** Owners of whose groups something came into force at exactly `tick`. */
  ownersChangedAt(tick: number): ReadonlySet<string>
}

const NO_OWNERS: ReadonlySet<string> = new Set()

interface Series {
  readonly ends: number[]
  readonly effective: number[]
  readonly counts: number[]
}

export function createSide(periodMs: number): Side {
  let sealedEnd = 0
  /** By cell, then by key. */
  const series = new Map<string, Map<string, Series>>()
  const ties = new Map<string, { effective: number; members: readonly (readonly [string, number])[] }[]>()
  const changes = new Map<number, Set<string>>()

  /** Over periods that ended after `after` and at or before `through`, and are in force at `tick`. */
  function sumBetween(cell: string, key: string, after: number, through: number, tick: number): number {
    const found = series.get(cell)?.get(key)
    if (found === undefined) return 0
    let sum = 0
    for (let i = found.ends.length - 1; i >= 0; i--) {
      const end = found.ends[i] ?? 0
      if (end <= after) break
      if (end <= through && (found.effective[i] ?? 0) <= tick) sum += found.counts[i] ?? 0
    }
    return sum
  }

  /** The newest period that can be in force at a tick ended one period before it. */
  const newestEnd = (tick: number) => tick - periodMs

  return {
    outages: {},
    sealedEnd: () => sealedEnd,
    take(period) {
      if (period.end <= sealedEnd) return false
      sealedEnd = period.end
      const changed = changes.get(period.effective) ?? new Set<string>()
      for (const owner of Object.keys(period.ties)) changed.add(owner)
      for (const [cell, counts] of Object.entries(period.counts)) {
        const byKey = series.get(cell) ?? new Map<string, Series>()
        series.set(cell, byKey)
        for (const [key, count] of Object.entries(counts)) {
          const found = byKey.get(key) ?? { ends: [], effective: [], counts: [] }
          found.ends.push(period.end)
          found.effective.push(period.effective)
          found.counts.push(count)
          byKey.set(key, found)
        }
      }
      for (const [owner, members] of Object.entries(period.ties)) {
        const found = ties.get(owner) ?? []
        found.push({ effective: period.effective, members })
        ties.set(owner, found)
      }
      changes.set(period.effective, changed)
      return true
    },
    windowSum: (cell, key, tick, count) =>
      sumBetween(cell, key, newestEnd(tick) - count * periodMs, newestEnd(tick), tick),
    keysOf: (cell) => series.get(cell)?.keys() ?? [],
    total: (cell, key, tick) => sumBetween(cell, key, Number.NEGATIVE_INFINITY, newestEnd(tick), tick),
    members(owner, tick) {
      const found = ties.get(owner)
      if (found === undefined) return []
      for (let i = found.length - 1; i >= 0; i--) {
        const said = found[i]
        if (said !== undefined && said.effective <= tick) return said.members
      }
      return []
    },
    ownersChangedAt: (tick) => changes.get(tick) ?? NO_OWNERS,
  }
}
