import type { Bilingual } from '../core/bilingual.ts'
import type { RejectReason } from '../core/reject.ts'

/** What became of rows; every row is exactly one of the last four. */
export interface Counts {
  readonly lines: number
  readonly observations: number
  readonly versions: number
  readonly duplicates: number
  readonly rejects: number
}

export const OUTCOMES = ['observations', 'versions', 'duplicates', 'rejects'] as const
export type Outcome = (typeof OUTCOMES)[number]

export interface RejectedLine {
  readonly line: number
  readonly reason: RejectReason
  readonly hint: Bilingual
}

/** Adds up outcomes; `total` throws where a row was counted twice or not at all. */
export interface Tally {
  line(outcome: Outcome): void
  total(lines: number): Counts
}

export function createTally(): Tally {
  const sums = { observations: 0, versions: 0, duplicates: 0, rejects: 0 }
  return {
    line(outcome) {
      sums[outcome]++
    },
    total(lines) {
      return balanced({ lines, ...sums })
    },
  }
}

export function addCounts(left: Counts, right: Counts): Counts {
  return balanced({
    lines: left.lines + right.lines,
    observations: left.observations + right.observations,
    versions: left.versions + right.versions,
    duplicates: left.duplicates + right.duplicates,
    rejects: left.rejects + right.rejects,
  })
}

export const NO_COUNTS: Counts = { lines: 0, observations: 0, versions: 0, duplicates: 0, rejects: 0 }

/** Lines in are lines out: a breach is a fault of this program, which must not go on losing records. */
function balanced(counts: Counts): Counts {
  const { lines, observations, versions, duplicates, rejects } = counts
  if (lines !== observations + versions + duplicates + rejects) {
    throw new Error(`lines do not add up: ${JSON.stringify(counts)}`)
  }
  return counts
}
