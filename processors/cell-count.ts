import type { PartialPeriod, RestatedPeriod } from '../core/cells.ts'
import type { Observation } from '../core/observation.ts'
import { floorToGrid } from '../core/time.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import type { CellCount } from './own-cells.ts'

export const EXAMPLES_KEPT = 5

/** One shard's open periods; a period leaves it when it is sealed. JSON all through. */
export interface OpenPeriods {
  [start: string]: {
    counts: Record<string, Record<string, number>>
    examples: Record<string, [string, string][]>
    ties: Record<string, [string, number][]>
    /** Sealed periods that corrections of this one change, by their starts. */
    restated?: Record<string, Restated>
  }
}

/** What corrections change of one period; JSON all through. */
export interface Restated {
  counts: Record<string, Record<string, number>>
  examples: Record<string, [string, string][]>
  gone: Record<string, string[]>
}

export function periodAt(open: OpenPeriods, instant: number, policy: CompiledPolicy): OpenPeriods[string] {
  const start = String(floorToGrid(instant, policy.periodMs, policy.realm.zoneOffsetMinutes))
  const found = open[start] ?? { counts: {}, examples: {}, ties: {} }
  open[start] = found
  return found
}

export function countInto(
  open: OpenPeriods,
  observation: Pick<Observation, 'id' | 'subject' | 'known'>,
  counts: readonly CellCount[],
  policy: CompiledPolicy,
): void {
  const period = periodAt(open, observation.known, policy)
  for (const { cell, key } of counts) {
    const byKey = period.counts[cell] ?? {}
    period.counts[cell] = byKey
    byKey[key] = (byKey[key] ?? 0) + 1
    // Only what detection looks at is ever asked for its examples.
    if (cell !== policy.realm.detection.cell) continue
    const name = `${cell}/${key}`
    const examples = period.examples[name] ?? []
    period.examples[name] = examples
    if (examples.length < EXAMPLES_KEPT) examples.push([observation.id, observation.subject])
  }
}

/** The newest own risk of a member of an owner's group, said at `tick`. */
export function tieInto(
  open: OpenPeriods,
  owner: string,
  enterprise: string,
  own: number,
  tick: number,
  policy: CompiledPolicy,
): void {
  const period = periodAt(open, tick - 1, policy)
  const members = (period.ties[owner] ?? []).filter(([member]) => member !== enterprise)
  members.push([enterprise, own])
  period.ties[owner] = members
}

/** Takes the period that starts at `start` out of the open ones; `undefined` for an empty one from before the origin. */
export function closePeriod(
  open: OpenPeriods,
  shard: number,
  origin: number,
  start: number,
  policy: CompiledPolicy,
): PartialPeriod | undefined {
  const found = open[String(start)]
  const end = start + policy.periodMs
  if (found === undefined && end <= origin) return undefined
  delete open[String(start)]
  const { restated, ...counted } = found ?? { counts: {}, examples: {}, ties: {} }
  const partial = { realm: policy.realm.realm, shard, origin, start, end, ...counted }
  const corrected = closeRestated(restated, policy.periodMs)
  return corrected.length === 0 ? partial : { ...partial, restated: corrected }
}

/** Oldest first; what came to nothing is not said. */
function closeRestated(restated: Readonly<Record<string, Restated>> = {}, periodMs: number): RestatedPeriod[] {
  return Object.entries(restated)
    .map(([start, changed]) => ({ start: Number(start), end: Number(start) + periodMs, ...changed }))
    .filter(({ counts, gone }) => Object.keys(counts).length + Object.keys(gone).length > 0)
    .sort((left, right) => left.start - right.start)
}
