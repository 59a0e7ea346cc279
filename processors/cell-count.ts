import type { PartialPeriod } from '../core/cells.ts'
import type { Observation } from '../core/observation.ts'
import type { CellPolicy } from '../core/policy.ts'
import { matcher } from '../core/selection.ts'
import { floorToGrid } from '../core/time.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import type { Attributes } from './enterprise.ts'

const EXAMPLES_KEPT = 5
const NO_COUNTS: readonly CellCount[] = []

export interface CellCount {
  readonly cell: string
  readonly key: string
}

/** Which cells an observation counts in; a cell whose key would have an empty part does not count it. */
export function createCellCounter(
  policy: CompiledPolicy,
): (observation: Observation, attributes: () => Attributes | undefined) => readonly CellCount[] {
  const byKind = new Map<string, { readonly cell: CellPolicy; readonly matches: ReturnType<typeof matcher> }[]>()
  for (const cell of policy.cells) {
    const counted = { cell, matches: matcher(cell.select) }
    for (const kind of cell.select.kinds) byKind.set(kind, [...(byKind.get(kind) ?? []), counted])
  }
  return (observation, attributes) => {
    const cells = byKind.get(observation.kind)
    if (cells === undefined) return NO_COUNTS
    const counts: CellCount[] = []
    for (const { cell, matches } of cells) {
      if (!matches(observation)) continue
      const key = keyOf(cell, observation, attributes)
      if (key !== undefined) counts.push({ cell: cell.id, key })
    }
    return counts
  }
}

function keyOf(
  cell: CellPolicy,
  observation: Observation,
  attributes: () => Attributes | undefined,
): string | undefined {
  const parts: string[] = []
  for (const by of cell.by) {
    const part =
      by === 'cause'
        ? observation.cause
        : by === 'place'
          ? placeOf(observation, attributes)
          : observation[by] || observation.facts[by] || (attributes()?.[by] ?? '')
    if (part === '') return undefined
    parts.push(part)
  }
  return parts.join('|')
}

function placeOf(observation: Observation, attributes: () => Attributes | undefined): string {
  if (observation.subject.startsWith('place:')) return observation.subject
  return observation.facts.place ?? attributes()?.place ?? ''
}

/** One shard's open periods; a period leaves it when it is sealed. JSON all through. */
export interface OpenPeriods {
  [start: string]: {
    counts: Record<string, Record<string, number>>
    examples: Record<string, [string, string][]>
    ties: Record<string, [string, number][]>
  }
}

function periodAt(open: OpenPeriods, instant: number, policy: CompiledPolicy): OpenPeriods[string] {
  const start = String(floorToGrid(instant, policy.periodMs, policy.realm.zoneOffsetMinutes))
  const found = open[start] ?? { counts: {}, examples: {}, ties: {} }
  open[start] = found
  return found
}

export function countInto(
  open: OpenPeriods,
  observation: Observation,
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
  return { realm: policy.realm.realm, shard, origin, start, end, ...(found ?? { counts: {}, examples: {}, ties: {} }) }
}
