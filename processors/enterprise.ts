import { type Observation, retractedBy } from '../core/observation.ts'
import type { Reading } from './indicators/reading.ts'

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
  /** Where the city's cells count it: see `CellFinder`. */
  readonly cells: string
  readonly gone: boolean
  /** A later version of the same observation replaces this one from the first tick after this instant. */
  until: number
  /** Taken back by a retraction in force: counts at no instant, as if it had never been. */
  struck: boolean
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
  /** Its number in its shard. */
  readonly number: number
  /** Sorted by (known, id, version, content). */
  readonly entries: Entry[]
  /** Those of the entries that say who the enterprise is, in the same order; made from them. */
  readonly registry: Entry[]
  /** Those of the entries that take others back; made from them. */
  readonly retractions: Entry[]
  /** By `sensorKey`. A map: as properties each device's name would give its enterprise a shape of its own. */
  sensors: ReadonlyMap<string, SensorState>
  /** Number of rebuilds of the past. */
  revision: number
  last: LastPoint | null
  /** What was worked out of the entries last, as long as none came that changes it; in no snapshot. */
  knownAs: KnownAs | undefined
  counted: Counted | undefined
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

/** Who an enterprise is, and for which ticks that is so. */
export interface KnownAs {
  readonly attributes: Attributes
  readonly from: number
  readonly through: number
}

/** The active entries of an enterprise by indicator and selection at one tick; for a later one only what came since is added. */
export interface Counted {
  readonly lists: (Entry[][] | undefined)[]
  /** What steady indicators said of their lists as they are. */
  readonly readings: (Reading | undefined)[]
  /** The tick that was asked for last: what was known before it is in. */
  at: number
  /** How many of the entries were looked at. */
  seen: number
  /** The last tick at which all that is in the lists is active. */
  through: number
}

/** Most enterprises have none, and share it. */
export const NO_SENSORS: ReadonlyMap<string, SensorState> = new Map()

export function emptyEnterprise(id: string, number: number): EnterpriseState {
  return enterpriseOf({ id, number, entries: [], sensors: NO_SENSORS, revision: 0, last: null })
}

/** What a snapshot has of an enterprise, beside its number. */
export type KeptState = Pick<EnterpriseState, 'id' | 'number' | 'entries' | 'sensors' | 'revision' | 'last'>

export function enterpriseOf({ id, number, entries, sensors, revision, last }: KeptState): EnterpriseState {
  return {
    id,
    number,
    entries,
    registry: entries.filter(isRegistration),
    retractions: entries.filter(isRetraction),
    sensors,
    revision,
    last,
    knownAs: undefined,
    counted: undefined,
  }
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

/**
 * Takes an entry in; `false` where the very same version was there already. A retraction strikes at once, or lifts what
 * its earlier version struck: it may go in only when its tick has come.
 */
export function addEntry(enterprise: EnterpriseState, entry: Entry): boolean {
  const { entries, retractions } = enterprise
  const at = placeOf(entries, entry)
  if (at < 0) return false
  entries.splice(at, 0, entry)
  const isFirst = settleVersions(entries, entry.id)
  // What comes behind all that was counted, and replaces nothing of it, is counted when its tick comes.
  if (!isFirst || at < (enterprise.counted?.seen ?? 0) || isRetraction(entry)) enterprise.counted = undefined
  if (!isFirst || isRetraction(entry) || isRegistration(entry)) enterprise.knownAs = undefined
  if (isRetraction(entry)) {
    retractions.push(entry)
    strikeAgain(enterprise, entry.id)
  } else if (retractions.length > 0) {
    entry.struck = isRetracted(retractions, entry.id)
  }
  if (isRegistration(entry)) {
    enterprise.registry.push(entry)
    enterprise.registry.sort(compareEntries)
  }
  return true
}

/** Where it belongs, -1 where the very same version is there already. */
function placeOf(entries: readonly Entry[], entry: Entry): number {
  let at = entries.length
  while (at > 0) {
    const before = entries[at - 1]
    if (before === undefined) break
    const order = compareEntries(before, entry)
    if (order === 0) return -1
    if (order < 0) break
    at -= 1
  }
  return at
}

/** What the retraction of this id takes back, in any of its versions, is asked anew. */
function strikeAgain({ entries, retractions }: EnterpriseState, retraction: string): void {
  const versions = retractions.filter(({ id }) => id === retraction)
  for (const entry of entries) {
    if (!isRetraction(entry) && versions.some((version) => takesBack(version, entry.id))) {
      entry.struck = isRetracted(retractions, entry.id)
    }
  }
}

/** Whether the newest version of some retraction takes this observation back. */
function isRetracted(retractions: readonly Entry[], id: string): boolean {
  return retractions.some((entry) => !entry.gone && entry.until === FOREVER && takesBack(entry, id))
}

function takesBack({ facts }: Entry, id: string): boolean {
  const target = facts?.[RETRACTS] ?? ''
  return target.endsWith('/') ? id.startsWith(target) : id === target
}

/**
 * The earliest `known` of what a new entry says or takes back, its own included: before it the past is as it was. For a
 * retraction that had another version it is the beginning, as that one may have struck something else.
 */
export function firstChangedBy(entries: readonly Entry[], entry: Entry): number {
  const strikes = isRetraction(entry)
  let first = entry.known
  for (const other of entries) {
    if (other.known >= first) break
    const concerned = other.id === entry.id || (strikes && takesBack(entry, other.id))
    if (concerned) first = other.known
  }
  return strikes && entries.some(({ id }) => id === entry.id) ? 0 : first
}

/** A fact of the fold's own making: no column of a feed has such a name. */
const RETRACTS = ' retracts'

export function isRetraction({ facts }: Entry): boolean {
  return facts?.[RETRACTS] !== undefined
}

/** Whether the entry is part of the history as it stands: neither taken back nor itself a retraction. */
export function isStanding(entry: Entry): boolean {
  return !entry.struck && !isRetraction(entry)
}

/** Each version holds until the first later version (in the source's order) was known. Answers whether there is one alone. */
function settleVersions(entries: readonly Entry[], id: string): boolean {
  let count = 0
  for (const entry of entries) if (entry.id === id) count += 1
  if (count === 1) return true
  const versions = entries.filter((entry) => entry.id === id).sort(compareVersions)
  let soonest = FOREVER
  for (let i = versions.length - 1; i >= 0; i--) {
    const version = versions[i]
    if (version === undefined) continue
    version.until = soonest
    soonest = Math.min(soonest, version.known)
  }
  return false
}

/** Whether the entry counts in a score sealed at `tick`, which sees what was known strictly before it. */
export function isActive(entry: Entry, tick: number): boolean {
  return entry.known < tick && entry.until >= tick && !entry.gone && !entry.struck
}

/** What a policy keeps of an observation. */
export interface EntryRules {
  hitsOf(observation: Observation): readonly number[]
  keptFacts(observation: Observation): Entry['facts']
  cellsOf(observation: Observation): string
}

export function toEntry(observation: Observation, rules: EntryRules): Entry {
  const target = retractedBy(observation)
  return {
    id: observation.id,
    version: observation.version,
    content: observation.content,
    known: observation.known,
    dated: observation.decided > 0 ? observation.decided : observation.known,
    value: observation.value,
    hits: target === undefined ? rules.hitsOf(observation) : [],
    facts: target === undefined ? rules.keptFacts(observation) : { [RETRACTS]: target },
    cells: rules.cellsOf(observation),
    gone: observation.gone === 1,
    until: FOREVER,
    struck: false,
  }
}
