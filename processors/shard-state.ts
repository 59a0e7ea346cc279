import type { Observation } from '../core/observation.ts'
import type { OpenPeriods } from './cell-count.ts'
import type { Correction } from './corrections.ts'
import { type EnterpriseState, isRegistration, isRetraction } from './enterprise.ts'
import type { Outages } from './outages.ts'

/** Everything that one shard's fold remembers; a snapshot is this and nothing else. */
export interface ShardState {
  readonly shard: number
  /** Start of the first period, 0 before any progress. */
  start: number
  /** Every tick up to here is judged. */
  sealed: number
  /** The last tick that the feeds had promised to be complete, as the shard's own stream said it: what comes for it is late. */
  promised: number
  /** Batches read since the beginning. */
  batches: number
  late: number
  readonly feeds: Record<string, { until: number; closed: boolean }>
  /** When feeds were broken, as this shard has read it. */
  readonly outages: Outages
  readonly enterprises: Map<string, EnterpriseState>
  /** Arrived and not yet sealed, in canonical order: sensor readings, and what cells count. */
  pending: Observation[]
  /** What changes a past that has been promised, until it may. */
  corrections: Correction[]
  readonly open: OpenPeriods
  /** Place facts of unsealed periods: id → known. */
  readonly seenPlaces: Map<string, number>
}

export function emptyShardState(shard: number): ShardState {
  return {
    shard,
    start: 0,
    sealed: 0,
    promised: 0,
    batches: 0,
    late: 0,
    feeds: {},
    outages: {},
    enterprises: new Map(),
    pending: [],
    corrections: [],
    open: {},
    seenPlaces: new Map(),
  }
}

/** Layout of a snapshot; a reader refuses another. */
const VERSION = 2

export function shardStateToBytes(state: ShardState): Uint8Array {
  const { enterprises, seenPlaces, ...rest } = state
  return Buffer.from(
    JSON.stringify({
      version: VERSION,
      ...rest,
      enterprises: [...enterprises.values()].map(({ registry: _, retractions: __, ...kept }) => kept),
      seenPlaces: [...seenPlaces],
    }),
  )
}

export function shardStateFromBytes(bytes: Uint8Array): ShardState {
  const read: {
    version: number
    enterprises: Omit<EnterpriseState, 'registry' | 'retractions'>[]
    seenPlaces: [string, number][]
    /** Absent in snapshots from before feeds' states were told. */
    outages?: Outages
  } & Omit<ShardState, 'enterprises' | 'seenPlaces' | 'outages'> = JSON.parse(Buffer.from(bytes).toString('utf8'))
  const { version, enterprises, seenPlaces, outages = {}, ...rest } = read
  if (version !== VERSION) throw new RangeError(`snapshot of layout ${version}, this program reads ${VERSION}`)
  return {
    ...rest,
    outages,
    enterprises: new Map(enterprises.map((one) => [one.id, withIndexes(one)])),
    seenPlaces: new Map(seenPlaces),
  }
}

function withIndexes(one: Omit<EnterpriseState, 'registry' | 'retractions'>): EnterpriseState {
  return { ...one, registry: one.entries.filter(isRegistration), retractions: one.entries.filter(isRetraction) }
}
