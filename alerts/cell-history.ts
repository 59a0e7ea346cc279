import type { CellCounts, RestatedPeriod, SealedPeriod } from '../core/cells.ts'

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

const isCounted = (count: number): boolean => count > 0

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
  // As many cells as a city has, each period: what leaves is left out while the rest is copied, and not afterwards.
  const leaving = Math.max(0, history.starts.length + missed + 1 - kept)
  const nothing = history.starts.map(() => 0)
  for (const key of new Set([...Object.keys(history.series), ...Object.keys(counts)])) {
    const after = (history.series[key] ?? nothing).slice(leaving)
    for (let place = Math.max(0, leaving - history.starts.length); place < missed; place++) after.push(0)
    after.push(counts[key] ?? 0)
    if (after.some(isCounted)) series[key] = after
  }

  const restated = (sealed.restated ?? []).filter(({ start }) => starts.includes(start))
  for (const { start, counts: differences } of restated) addDifferences(series, starts, start, differences[cell] ?? {})

  const oldest = starts.at(-window) ?? sealed.start
  const examples: Record<string, readonly CellExample[]> = {}
  const ofCell = `${cell}/`
  const named = [sealed, ...restated]
    .flatMap(({ examples }) => Object.keys(examples))
    .filter((name) => name.startsWith(ofCell))
  for (const key of new Set([...named.map((name) => name.slice(ofCell.length)), ...Object.keys(history.examples)])) {
    if (series[key] === undefined) continue
    const fresh = (sealed.examples[ofCell + key] ?? []).map(
      ([observation, enterprise]) => [sealed.start, observation, enterprise] as const,
    )
    const corrected = restated.flatMap(({ start, examples }) =>
      start < oldest
        ? []
        : (examples[ofCell + key] ?? []).map(([observation, enterprise]) => [start, observation, enterprise] as const),
    )
    const still = (history.examples[key] ?? []).filter(
      ([start, observation]) => start >= oldest && !isGone(restated, ofCell + key, start, observation),
    )
    const both = [...fresh, ...corrected, ...still].slice(0, KEPT_EXAMPLES)
    if (both.length > 0) examples[key] = both
  }
  return { starts, series, examples }
}

/** Puts a period right that stands in the series; a cell in which nothing is left to count leaves them. */
function addDifferences(
  series: Record<string, readonly number[]>,
  starts: readonly number[],
  start: number,
  differences: CellCounts,
): void {
  const place = starts.indexOf(start)
  for (const [key, difference] of Object.entries(differences)) {
    const counts = (series[key] ?? starts.map(() => 0)).map((count, at) => (at === place ? count + difference : count))
    if (counts.some(isCounted)) series[key] = counts
    else delete series[key]
  }
}

function isGone(restated: readonly RestatedPeriod[], name: string, start: number, observation: string): boolean {
  return restated.some((one) => one.start === start && one.gone[name]?.includes(observation) === true)
}
