import type { KeptSnapshot } from '../core/snapshots.ts'
import type { ProcessorPorts } from './processor-ports.ts'
import { isOfOlderLayout } from './state/shard-snapshot.ts'

/** The shards' snapshots that lie under a name; one of an older layout is as if it were not there, as is a damaged one. */
export async function loadShards(
  { snapshots, happened }: Pick<ProcessorPorts, 'happened'> & { snapshots: Pick<ProcessorPorts['snapshots'], 'load'> },
  realm: string,
  name: string,
): Promise<ReadonlyMap<number, KeptSnapshot>> {
  const damaged = new Set<number>()
  const loaded = await snapshots.load(name, 'process', (shard) => damaged.add(shard))
  if (damaged.size > 0) happened({ type: 'snapshots-damaged', realm, shards: [...damaged] })
  return new Map([...loaded].filter(([, { state }]) => !isOfOlderLayout(state)))
}
