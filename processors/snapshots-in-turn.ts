import type { Snapshot } from '../core/snapshots.ts'
import type { ProcessorPorts } from './processor-ports.ts'
import type { Chains } from './snapshot-chains.ts'

/** Bytes of state that are saved at once: an insert has its price however little it holds. */
const AT_ONCE = 8_000_000

/** Saves the state of shards, some of them at once and never all of a large city's. */
export async function saveInTurn(
  { snapshots, retry }: Pick<ProcessorPorts, 'snapshots' | 'retry'>,
  name: string,
  shards: readonly number[],
  chains: Chains,
): Promise<void> {
  let part = new Map<number, Snapshot>()
  let bytes = 0
  const save = async () => {
    if (part.size === 0) return
    await retry(() => snapshots.save(name, 'process', part))
    chains.kept(part)
    part = new Map()
    bytes = 0
  }
  for (const shard of shards) {
    const snapshot = chains.take(shard)
    if (snapshot === undefined) continue
    part.set(shard, snapshot)
    bytes += snapshot.state.length
    if (bytes >= AT_ONCE) await save()
  }
  await save()
}
