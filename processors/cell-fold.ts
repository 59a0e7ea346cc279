import type { PartialPeriod, RestatedPeriod, SealedPeriod } from '../core/cells.ts'
import { SHARDS } from '../core/shard.ts'

const EXAMPLES_KEPT = 20
const MEMBERS_KEPT = 3

type Members = [string, number][]
type Counts = Record<string, Record<string, number>>
type Examples = Record<string, (readonly [string, string])[]>
type Gone = Record<string, readonly string[]>

/** The second stage: what all shards said of a period, sealed when the last of them has said it. */
export interface CellState {
  /** Entries of `aggregates` read since the beginning; absent in snapshots from before they were counted. */
  read?: number
  /** End of the newest period each shard has reported, 0 before its first. */
  readonly reported: number[]
  /** End of the newest sealed period, 0 before the first. */
  sealedEnd: number
  /** By period end. */
  readonly open: Record<string, PartialPeriod[]>
  /** Owner → own risk of each member that was ever said. */
  readonly members: Record<string, Record<string, number>>
}

export function emptyCellState(): CellState {
  return { reported: new Array(SHARDS).fill(0), sealedEnd: 0, open: {}, members: {} }
}

/** Takes partials in any order of shards, each shard's own in order; one that was said before changes nothing. */
export function observePartial(state: CellState, partial: PartialPeriod): void {
  if (partial.end <= (state.reported[partial.shard] ?? 0)) return
  state.reported[partial.shard] = partial.end
  const end = String(partial.end)
  state.open[end] = [...(state.open[end] ?? []), partial]
}

/**
 * Seals what all shards have reported, oldest first. From the origin on every shard reports every period, so that time
 * passes in empty ones too; before it only what was counted is reported, all of it in a shard's first word.
 */
export function sealPeriods(state: CellState, periodMs: number): SealedPeriod[] {
  const through = Math.min(...state.reported)
  if (through === 0) return []
  const sealed: SealedPeriod[] = []
  const from = state.sealedEnd === 0 ? Math.min(...Object.keys(state.open).map(Number)) : state.sealedEnd + periodMs
  for (let end = from; end <= through; end += periodMs) {
    const partials = (state.open[String(end)] ?? []).sort((left, right) => left.shard - right.shard)
    delete state.open[String(end)]
    state.sealedEnd = end
    const first = partials[0]
    if (first === undefined) continue
    const effective = Math.max(end + periodMs, first.origin + 2 * periodMs)
    const period = { realm: first.realm, start: end - periodMs, end, effective, ...merge(partials, state) }
    const restated = mergeRestated(partials)
    sealed.push(restated.length === 0 ? period : { ...period, restated })
  }
  return sealed
}

function merge(
  partials: readonly PartialPeriod[],
  state: CellState,
): Pick<SealedPeriod, 'counts' | 'examples' | 'ties'> {
  const counts: Counts = {}
  const examples: Examples = {}
  const owners = new Set<string>()
  for (const partial of partials) {
    addCounts(counts, partial.counts)
    addExamples(examples, partial.examples)
    for (const [owner, members] of Object.entries(partial.ties)) {
      const known = state.members[owner] ?? {}
      state.members[owner] = known
      for (const [member, own] of members) known[member] = own
      owners.add(owner)
    }
  }
  const ties = Object.fromEntries(
    [...owners].sort().map((owner) => [owner, gravestMembers(state.members[owner] ?? {})]),
  )
  return { counts, examples, ties }
}

/** What the shards correct of older periods, period by period, oldest first; what cancels out is left out. */
function mergeRestated(partials: readonly PartialPeriod[]): readonly RestatedPeriod[] {
  const byEnd = new Map<number, RestatedPeriod & { counts: Counts; examples: Examples; gone: Gone }>()
  for (const { start, end, counts, examples, gone } of partials.flatMap(({ restated = [] }) => restated)) {
    const whole = byEnd.get(end) ?? { start, end, counts: {}, examples: {}, gone: {} }
    byEnd.set(end, whole)
    addCounts(whole.counts, counts)
    addExamples(whole.examples, examples)
    for (const [name, ids] of Object.entries(gone)) whole.gone[name] = [...(whole.gone[name] ?? []), ...ids].sort()
  }
  for (const { counts } of byEnd.values()) {
    for (const [cell, byKey] of Object.entries(counts)) {
      for (const [key, count] of Object.entries(byKey)) if (count === 0) delete byKey[key]
      if (Object.keys(byKey).length === 0) delete counts[cell]
    }
  }
  return [...byEnd.values()].sort((left, right) => left.end - right.end)
}

function addCounts(target: Counts, counts: PartialPeriod['counts']): void {
  for (const [cell, byKey] of Object.entries(counts)) {
    const own = target[cell] ?? {}
    target[cell] = own
    for (const [key, count] of Object.entries(byKey)) own[key] = (own[key] ?? 0) + count
  }
}

function addExamples(target: Examples, examples: PartialPeriod['examples']): void {
  for (const [name, some] of Object.entries(examples)) {
    const all = [...(target[name] ?? []), ...some]
    target[name] = all.sort(([left], [right]) => (left < right ? -1 : 1)).slice(0, EXAMPLES_KEPT)
  }
}

function gravestMembers(members: Readonly<Record<string, number>>): Members {
  return Object.entries(members)
    .sort(([one, risk], [other, otherRisk]) => otherRisk - risk || (one < other ? -1 : 1))
    .slice(0, MEMBERS_KEPT)
}
