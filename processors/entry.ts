import { type Observation, retractedBy } from '../core/observation.ts'

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

export function compareEntries(left: Entry, right: Entry): number {
  if (left.known !== right.known) return left.known - right.known
  if (left.id !== right.id) return left.id < right.id ? -1 : 1
  return compareVersions(left, right)
}

/** In the order of their source. */
export function compareVersions(left: Entry, right: Entry): number {
  if (left.version !== right.version) return left.version - right.version
  return left.content < right.content ? -1 : left.content > right.content ? 1 : 0
}

/** Whether an entry says who the enterprise is or whose. */
export function isRegistration({ facts }: Entry): boolean {
  return facts !== null && (facts.name !== undefined || facts.owner !== undefined)
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

/** Whether a retraction is about this observation. */
export function takesBack({ facts }: Entry, id: string): boolean {
  const target = facts?.[RETRACTS] ?? ''
  return target.endsWith('/') ? id.startsWith(target) : id === target
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
