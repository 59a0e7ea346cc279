import type { SealedPeriod } from '../core/cells.ts'

/** An observation that was counted in a cell: [start of its period, observation id, enterprise]. */
export type CellExample = readonly [number, string, string]

/** The last periods' counts of every cell that was not empty in all of them, aligned to `starts`. */
export interface CellHistory {
  /** Starts of the periods, UTC ms, ascending and without a gap. */
  readonly starts: readonly number[]
  readonly series: Readonly<Record<string, readonly number[]>>
  /** Of the window's periods, newest first, at most 20 a cell. */
  readonly examples: Readonly<Record<string, readonly CellExample[]>>
}

export const NO_CELLS: CellHistory = { starts: [], series: {}, examples: {} }

const KEPT_EXAMPLES = 20

/** Undefined where the period is not newer than the last one: it was counted before. */
export function addPeriod(
  history: CellHistory,
  sealed: SealedPeriod,
  cell: string,
  kept: number,
  window: number,
): CellHistory | undefined {
  const last = history.starts.at(-1)
  if (last !== undefined && sealed.start <= last) return undefined
  const length = sealed.end - sealed.start
  // A period that was sealed without an entry had nothing to count; no more of them matter than are kept.
  const missed = last === undefined ? 0 : Math.min(kept, Math.max(0, Math.round((sealed.start - last) / length) - 1))
  const gap = Array.from({ length: missed }, (_, i) => sealed.start - (missed - i) * length)
  const starts = [...history.starts, ...gap, sealed.start].slice(-kept)

  const counts = sealed.counts[cell] ?? {}
  const series: Record<string, readonly number[]> = {}
  for (const key of new Set([...Object.keys(history.series), ...Object.keys(counts)])) {
    const before = history.series[key] ?? history.starts.map(() => 0)
    const after = [...before, ...gap.map(() => 0), counts[key] ?? 0].slice(-kept)
    if (after.some((count) => count > 0)) series[key] = after
  }

  const oldest = starts.at(-window) ?? sealed.start
  const examples: Record<string, readonly CellExample[]> = {}
  for (const key of Object.keys(series)) {
    const fresh = (sealed.examples[`${cell}/${key}`] ?? []).map(
      ([observation, enterprise]) => [sealed.start, observation, enterprise] as const,
    )
    const still = (history.examples[key] ?? []).filter(([start]) => start >= oldest)
    const both = [...fresh, ...still].slice(0, KEPT_EXAMPLES)
    if (both.length > 0) examples[key] = both
  }
  return { starts, series, examples }
}
