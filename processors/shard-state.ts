import type { Observation } from '../core/observation.ts'
import type { OpenPeriods } from './cell-count.ts'
import type { Correction } from './corrections.ts'
import type { Outages } from './outages.ts'
import { createReach, type Reach } from './reach.ts'
import { createEnterprises, type Enterprises, MOST_WARM } from './state/enterprises.ts'

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
  readonly enterprises: Enterprises
  /** Where they stand and whose they are, as they were judged last. */
  readonly reach: Reach
  /** Arrived and not yet sealed, in canonical order: sensor readings, and what cells count. */
  pending: Observation[]
  /** What changes a past that has been promised, until it may. */
  corrections: Correction[]
  readonly open: OpenPeriods
  /** Place facts of unsealed periods: id → known. */
  readonly seenPlaces: Map<string, number>
}

export function emptyShardState(shard: number, mostWarm = MOST_WARM): ShardState {
  return {
    shard,
    start: 0,
    sealed: 0,
    promised: 0,
    batches: 0,
    late: 0,
    feeds: {},
    outages: {},
    enterprises: createEnterprises(mostWarm),
    reach: createReach(),
    pending: [],
    corrections: [],
    open: {},
    seenPlaces: new Map(),
  }
}
