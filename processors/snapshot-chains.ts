import { type Link, type Snapshot, snapshotHash } from '../core/snapshots.ts'
import type { Loaded } from './load-snapshots.ts'
import type { RealmProcessor } from './realm-processor.ts'

/** What is to be kept of each shard: all of its state, and from then on what changes, until that is too much beside it. */
export interface Chains {
  take(shard: number): Snapshot | undefined
  /** What was taken is durable. */
  kept(snapshots: ReadonlyMap<number, Snapshot>): void
}

interface Chain {
  /** Of the last one that is kept, and its hash. */
  readonly link: Link
  readonly hash: string
  readonly wholeBytes: number
  readonly changedBytes: number
}

/** Whoever resumes reads the whole and all changes: together about twice the whole at most. */
const MOST_CHANGED = 1
const MOST_PLACES = 100

export function createChains(
  processor: Pick<RealmProcessor, 'snapshot'>,
  loaded: ReadonlyMap<number, Omit<Loaded, 'state'>>,
): Chains {
  const chains = new Map<number, Chain>()
  for (const [shard, { link, hash, wholeBytes, changedBytes }] of loaded)
    chains.set(shard, { link, hash, wholeBytes, changedBytes })

  return {
    take(shard) {
      const chain = chains.get(shard)
      const goesOn =
        chain !== undefined && chain.changedBytes <= chain.wholeBytes * MOST_CHANGED && chain.link.place < MOST_PLACES
      const snapshot = processor.snapshot(shard, goesOn)
      const link = goesOn
        ? { chain: chain.link.chain, place: chain.link.place + 1, after: chain.hash }
        : { chain: chain === undefined ? 0 : chain.link.chain + 1, place: 0, after: '' }
      return snapshot === undefined ? undefined : { ...snapshot, link }
    },
    kept(snapshots) {
      for (const [shard, snapshot] of snapshots) {
        const { link, state } = snapshot
        if (link === undefined) continue
        const before = chains.get(shard)
        const isWhole = link.place === 0
        chains.set(shard, {
          link,
          hash: snapshotHash(snapshot),
          wholeBytes: isWhole ? state.length : (before?.wholeBytes ?? 0),
          changedBytes: isWhole ? 0 : (before?.changedBytes ?? 0) + state.length,
        })
      }
    },
  }
}
