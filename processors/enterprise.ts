import { type Entry, isRegistration, isRetraction } from './entry.ts'
import type { Reading } from './indicators/reading.ts'

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
