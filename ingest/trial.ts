import type { Bilingual } from '../core/bilingual.ts'
import type { Observation } from '../core/observation.ts'
import type { RejectReason } from '../core/reject.ts'
import type { Row } from './decode/row.ts'
import { createOccurrences } from './ingest-batch.ts'
import type { CompiledFeed } from './mapping/compile-feed.ts'

/** What ingest would make of one row, without index, log or key. */
export type TriedRow =
  | { readonly line: number; readonly record: string; readonly observations: readonly Observation[] }
  | { readonly line: number; readonly reason: RejectReason; readonly hint: Bilingual }

/** Rows that were rejected alike: the same reason and the same hint but for the values in it. */
export interface RejectGroup {
  readonly reason: RejectReason
  /** Of the first such row. */
  readonly hint: Bilingual
  readonly rows: number
  /** Of the first rows, at most `LINES_SHOWN`. */
  readonly lines: readonly number[]
}

export interface TrialSummary {
  readonly rows: number
  readonly kept: number
  readonly observations: number
  readonly rejected: number
  /** Rows that name a record which stood in the file before: other versions of it, or duplicates. */
  readonly repeated: number
  /** Commonest first. */
  readonly groups: readonly RejectGroup[]
}

export interface Trial {
  try(row: Row): TriedRow
  summary(): TrialSummary
}

export const LINES_SHOWN = 5
/** A file in which every row is wrong in its own way: what is beyond is counted under the reason alone. */
const MAX_GROUPS = 500

interface OpenGroup {
  readonly reason: RejectReason
  readonly hint: Bilingual
  rows: number
  readonly lines: number[]
}

/** Tries the rows of one file in their order; nothing is kept but counts and the names of records. */
export function createTrial(feed: CompiledFeed, source: string, received: number): Trial {
  const context = { source, received, occurrence: createOccurrences() }
  const groups = new Map<string, OpenGroup>()
  const records = new Set<string>()
  let kept = 0
  let observations = 0
  let rejected = 0
  let repeated = 0

  function reject(line: number, reason: RejectReason, hint: Bilingual): TriedRow {
    rejected += 1
    const alike = `${reason} ${hint.en.replace(/"[^"]*"|\d+/gu, '…')}`
    const name = groups.has(alike) || groups.size < MAX_GROUPS ? alike : reason
    const group = groups.get(name) ?? { reason, hint, rows: 0, lines: [] }
    groups.set(name, group)
    group.rows += 1
    if (group.lines.length < LINES_SHOWN) group.lines.push(line)
    return { line, reason, hint }
  }

  return {
    try(row) {
      if (row.error !== undefined) return reject(row.line, row.error, row.hint)
      const mapped = feed.mapRow(row, context)
      if (mapped.kept === undefined) return reject(row.line, mapped.rejected.reason, mapped.rejected.hint)
      const { record } = mapped.kept
      kept += 1
      observations += mapped.kept.observations.length
      if (records.has(record)) repeated += 1
      records.add(record)
      return { line: row.line, record, observations: mapped.kept.observations }
    },
    summary: () => ({
      rows: kept + rejected,
      kept,
      observations,
      rejected,
      repeated,
      groups: [...groups.values()].sort((left, right) => right.rows - left.rows),
    }),
  }
}
