import type { CellCounts, SealedPeriod } from '../core/cells.ts'
import { FOREVER } from './entry.ts'
import type { Outages } from './outages.ts'

/**
 * What the whole city said, as far as it is in force: sealed periods come in order and are kept sparse. All shards of a
 * process share one; its answers depend on the tick asked for, never on how far it has read beyond it. What a correction
 * restates is in force with the period that says it: a tick from before hears what was said then.
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
  /** Every key that a cell was counted under, in any period that may still be asked for. */
  keysOf(cell: string): Iterable<string>
  /** Sum over all periods in force at `tick`. */
  total(cell: string, key: string, tick: number): number
  /** What is known to have been counted in the period that ended then, whatever is in force. */
  countOf(cell: string, key: string, end: number): number
  /** The riskiest members of an owner as in force at `tick`. */
  members(owner: string, tick: number): readonly (readonly [string, number])[]
  /** Owners of whose groups something came into force at exactly `tick`, which no shard may have sealed. */
  ownersChangedAt(tick: number): ReadonlySet<string>
  /** The first tick after `tick` at which something of these owners' groups came into force; FOREVER where there is none. */
  nextChangeOf(owners: readonly string[], tick: number): number
  /**
   * All shards have sealed `sealed`, and nobody will ask for a tick before `oldest`, or for a window that begins before it:
   * what could only be told then is forgotten.
   */
  forget(sealed: number, oldest: number): void
  /** Counts and words of owners' groups that it holds. */
  held(): number
}

const NO_OWNERS: ReadonlySet<string> = new Set()
/** What is forgotten is looked for in everything: not more often than four times in a year. */
const FORGET_EVERY_MS = 91 * 86_400_000

type Members = readonly (readonly [string, number])[]

/** A cell's counts under one key, by the ends of their periods; a restated period stands there once more. */
interface Series {
  /** Of periods that nobody can tell apart any more. */
  before: number
  ends: number[]
  effective: number[]
  counts: number[]
}

export function createSide(periodMs: number): Side {
  let sealedEnd = 0
  let forgotten = 0
  /** By cell, then by key. */
  const series = new Map<string, Map<string, Series>>()
  const ties = new Map<string, { readonly effective: number; readonly members: Members }[]>()
  /** By tick, for those that are not sealed everywhere. */
  const changes = new Map<number, Set<string>>()

  /** Over periods that ended after `after` and at or before `through`, and are in force at `tick`. */
  function sumBetween(found: Series, after: number, through: number, tick: number): number {
    const { ends, effective, counts } = found
    let sum = 0
    for (let i = lastThrough(ends, through); i >= 0; i--) {
      if ((ends[i] ?? 0) <= after) break
      if ((effective[i] ?? 0) <= tick) sum += counts[i] ?? 0
    }
    return sum
  }

  /** The newest period that can be in force at a tick ended one period before it. */
  const newestEnd = (tick: number) => tick - periodMs

  function add(all: Readonly<Record<string, CellCounts>>, end: number, inForce: number): void {
    for (const [cell, byKey] of Object.entries(all)) {
      const ofCell = series.get(cell) ?? new Map<string, Series>()
      series.set(cell, ofCell)
      for (const [key, count] of Object.entries(byKey)) {
        const found = ofCell.get(key) ?? { before: 0, ends: [], effective: [], counts: [] }
        ofCell.set(key, found)
        const at = lastThrough(found.ends, end) + 1
        insert(found.ends, at, end)
        insert(found.effective, at, inForce)
        insert(found.counts, at, count)
      }
    }
  }

  return {
    outages: {},
    sealedEnd: () => sealedEnd,
    take(period) {
      if (period.end <= sealedEnd) return false
      sealedEnd = period.end
      const changed = changes.get(period.effective) ?? new Set<string>()
      for (const owner of Object.keys(period.ties)) changed.add(owner)
      add(period.counts, period.end, period.effective)
      for (const { end, counts } of period.restated ?? []) add(counts, end, period.effective)
      for (const [owner, members] of Object.entries(period.ties)) {
        const found = ties.get(owner) ?? []
        found.push({ effective: period.effective, members })
        ties.set(owner, found)
      }
      changes.set(period.effective, changed)
      return true
    },
    windowSum(cell, key, tick, count) {
      const found = series.get(cell)?.get(key)
      const through = newestEnd(tick)
      return found === undefined ? 0 : sumBetween(found, through - count * periodMs, through, tick)
    },
    keysOf: (cell) => series.get(cell)?.keys() ?? [],
    total(cell, key, tick) {
      const found = series.get(cell)?.get(key)
      if (found === undefined) return 0
      return found.before + sumBetween(found, Number.NEGATIVE_INFINITY, newestEnd(tick), tick)
    },
    countOf(cell, key, end) {
      const found = series.get(cell)?.get(key)
      return found === undefined ? 0 : sumBetween(found, end - 1, end, Number.POSITIVE_INFINITY)
    },
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
    nextChangeOf(owners, tick) {
      let next = FOREVER
      for (const owner of owners) {
        const said = ties.get(owner)?.find(({ effective }) => effective > tick)
        if (said !== undefined) next = Math.min(next, said.effective)
      }
      return next
    },
    forget(sealed, oldest) {
      for (const tick of changes.keys()) {
        if (tick > sealed) break
        changes.delete(tick)
      }
      if (oldest - forgotten < FORGET_EVERY_MS) return
      forgotten = oldest
      for (const ofCell of series.values()) {
        for (const [key, found] of ofCell) {
          forgetCounts(found, oldest)
          if (found.ends.length === 0 && found.before === 0) ofCell.delete(key)
        }
      }
      for (const [owner, said] of ties) {
        const standing = said.findLastIndex(({ effective }) => effective <= oldest)
        if (standing > 0) ties.set(owner, said.slice(standing))
      }
    },
    held() {
      let held = 0
      for (const ofCell of series.values()) for (const { ends } of ofCell.values()) held += ends.length
      for (const said of ties.values()) held += said.length
      for (const owners of changes.values()) held += owners.size
      return held
    },
  }
}

/** What ended by `oldest` and was in force by then is told in sums alone. */
function forgetCounts(found: Series, oldest: number): void {
  const { ends, effective, counts } = found
  if ((ends[0] ?? FOREVER) > oldest) return
  const isKept = ends.map((end, index) => end > oldest || (effective[index] ?? 0) > oldest)
  for (const [index, count] of counts.entries()) if (isKept[index] !== true) found.before += count
  found.ends = ends.filter((_, index) => isKept[index])
  found.effective = effective.filter((_, index) => isKept[index])
  found.counts = counts.filter((_, index) => isKept[index])
}

/** Index of the last of the ends that is no later than `through`, -1 where there is none; mostly it is the last of all. */
function lastThrough(ends: readonly number[], through: number): number {
  let high = ends.length - 1
  if (high < 0 || (ends[high] ?? 0) <= through) return high
  let low = -1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((ends[middle] ?? 0) <= through) low = middle
    else high = middle
  }
  return low
}

function insert(numbers: number[], at: number, one: number): void {
  if (at === numbers.length) numbers.push(one)
  else numbers.splice(at, 0, one)
}
