import type { Observation } from '../core/observation.ts'

/** An instant that never comes, and that JSON can carry. */
export const FOREVER = Number.MAX_SAFE_INTEGER

/** What a fold keeps of one observation: enough to judge again at any instant. */
export interface Entry {
  readonly id: string
  readonly version: number
  readonly content: string
  readonly known: number
  /** Where its age counts from: the document's date, else when it was known. */
  readonly dated: number
  readonly value: number | null
  /** Indexes of the indicators that count it. */
  readonly hits: readonly number[]
  /** The facts that the policy's indicators or the registry read, no others. */
  readonly facts: Readonly<Record<string, string>> | null
  readonly gone: boolean
  /** A later version of the same observation replaces this one from the first tick after this instant. */
  until: number
}

/** One device's measure: a run above a limit and how unusual its values are, kept without the values. */
export interface SensorState {
  /** Start of the run above the limit, 0 outside a run. */
  runStart: number
  lastKnown: number
  /** Finished or running stretches above the limit: [start, end], oldest first, at most 8. */
  runs: [number, number][]
  /** Mean and mean absolute deviation, exponentially weighted, by hour of the local day. */
  mean: number[]
  deviation: number[]
  seen: number[]
  /** Unusual instants: [instant, strength per mille], oldest first, at most 16. */
  unusual: [number, number][]
}

export interface EnterpriseState {
  readonly id: string
  /** Sorted by (known, id, version, content). */
  readonly entries: Entry[]
  /** Those of the entries that say who the enterprise is, in the same order; made from them, in no snapshot. */
  readonly registry: Entry[]
  readonly sensors: Record<string, SensorState>
  /** Number of rebuilds of the past. */
  revision: number
  /** The tick at which time alone may change it, or FOREVER. */
  next: number
  last: LastPoint | null
}

/** What was said last, so that only changes are said. */
export interface LastPoint {
  readonly effective: number
  readonly risk: number
  readonly own: number
  readonly basis: number
  readonly class: 'A' | 'B' | 'C' | 'D'
  readonly district: string
  readonly industry: string
  readonly name: string
  readonly cause: string
}

/** Who the enterprise is, as registered by an instant. */
export interface Attributes {
  readonly name: string
  readonly district: string
  readonly industry: string
  readonly place: string
  readonly owners: readonly string[]
  readonly facts: Readonly<Record<string, string>>
}

export function emptyEnterprise(id: string): EnterpriseState {
  return { id, entries: [], registry: [], sensors: {}, revision: 0, next: FOREVER, last: null }
}

export function compareEntries(left: Entry, right: Entry): number {
  if (left.known !== right.known) return left.known - right.known
  if (left.id !== right.id) return left.id < right.id ? -1 : 1
  return compareVersions(left, right)
}

function compareVersions(left: Entry, right: Entry): number {
  if (left.version !== right.version) return left.version - right.version
  return left.content < right.content ? -1 : left.content > right.content ? 1 : 0
}

/** Whether an entry says who the enterprise is or whose. */
export function isRegistration({ facts }: Entry): boolean {
  return facts !== null && (facts.name !== undefined || facts.owner !== undefined)
}

/** Takes an entry in; `false` where the very same version was there already. */
export function addEntry(enterprise: EnterpriseState, entry: Entry): boolean {
  if (!insertEntry(enterprise.entries, entry)) return false
  if (isRegistration(entry)) {
    enterprise.registry.push(entry)
    enterprise.registry.sort(compareEntries)
  }
  return true
}

function insertEntry(entries: Entry[], entry: Entry): boolean {
  let at = entries.length
  while (at > 0) {
    const before = entries[at - 1]
    if (before === undefined) break
    const order = compareEntries(before, entry)
    if (order === 0) return false
    if (order < 0) break
    at -= 1
  }
  entries.splice(at, 0, entry)
  settleVersions(entries, entry.id)
  return true
}

/** Each version holds until the first later version (in the source's order) was known. */
function settleVersions(entries: readonly Entry[], id: string): void {
  const versions = entries.filter((entry) => entry.id === id)
  if (versions.length === 1) return
  versions.sort(compareVersions)
  let soonest = FOREVER
  for (let i = versions.length - 1; i >= 0; i--) {
    const version = versions[i]
    if (version === undefined) continue
    version.until = soonest
    soonest = Math.min(soonest, version.known)
  }
}

/** Whether the entry counts in a score sealed at `tick`, which sees what was known strictly before it. */
export function isActive(entry: Entry, tick: number): boolean {
  return entry.known < tick && entry.until >= tick && !entry.gone
}

export function toEntry(observation: Observation, hits: readonly number[], facts: Entry['facts']): Entry {
  return {
    id: observation.id,
    version: observation.version,
    content: observation.content,
    known: observation.known,
    dated: observation.decided > 0 ? observation.decided : observation.known,
    value: observation.value,
    hits,
    facts,
    gone: observation.gone === 1,
    until: FOREVER,
  }
}
