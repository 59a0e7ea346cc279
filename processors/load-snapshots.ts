import type { Snapshot, Snapshots } from '../core/snapshots.ts'
import { isOfOlderLayout } from './state/shard-snapshot.ts'

/** The shards' snapshots that lie under a name; one of an older layout is as if it were not there. */
export async function loadShards(
  snapshots: Pick<Snapshots, 'load'>,
  name: string,
): Promise<ReadonlyMap<number, Snapshot>> {
  const loaded = await snapshots.load(name, 'process')
  return new Map([...loaded].filter(([, { state }]) => !isOfOlderLayout(state)))
}
