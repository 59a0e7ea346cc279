import type { KeptSnapshot } from '../core/snapshots.ts'
import type { ProcessorPorts } from './processor-ports.ts'
import type { ShardState } from './shard-state.ts'
import { isOfOlderLayout, shardStateFromBytes } from './state/shard-snapshot.ts'

/** What a shard goes on from. */
export interface Resumed extends Pick<KeptSnapshot, 'positions'> {
  readonly state: ShardState
}

/** With what is to be known of its chain, in which the next snapshot takes its place. */
export interface Loaded extends Resumed, Pick<KeptSnapshot, 'link' | 'hash'> {
  readonly wholeBytes: number
  readonly changedBytes: number
}

/** `changes`: what changed since, in order. */
export function resumedFrom(
  { positions, state }: Pick<KeptSnapshot, 'positions' | 'state'>,
  changes: readonly Uint8Array[] = [],
): Resumed {
  return { positions, state: shardStateFromBytes(state, changes) }
}

export interface LoadedShards {
  /** Of the shards that were asked for. */
  readonly loaded: ReadonlyMap<number, Loaded>
  /** Nothing is kept of any shard, whoever carries it. */
  readonly isNew: boolean
}

/** The snapshots that lie under a name; one of an older layout is as if it were not there, as is a damaged one. */
export async function loadShards(
  {
    snapshots,
    happened,
  }: Pick<ProcessorPorts, 'happened'> & { snapshots: Pick<ProcessorPorts['snapshots'], 'loadEach'> },
  realm: string,
  name: string,
  shards: readonly number[],
): Promise<LoadedShards> {
  const own = new Set(shards)
  const loaded = new Map<number, Loaded>()
  const damaged = new Set<number>()
  let isNew = true
  await snapshots.loadEach(name, 'process', {
    kept(shard, snapshot) {
      const { link, hash, state, changes } = snapshot
      if (isOfOlderLayout(state)) return
      isNew = false
      if (!own.has(shard)) return
      const changedBytes = changes.reduce((sum, each) => sum + each.length, 0)
      loaded.set(shard, { ...resumedFrom(snapshot, changes), link, hash, wholeBytes: state.length, changedBytes })
    },
    damaged(shard) {
      if (own.has(shard)) damaged.add(shard)
    },
  })
  if (damaged.size > 0) happened({ type: 'snapshots-damaged', realm, shards: [...damaged] })
  return { loaded, isNew }
}
