import type { Snapshot } from '../core/snapshots.ts'
import type { ProcessorPorts } from './processor-ports.ts'

/** Bytes of state that are saved at once: an insert has its price however little it holds. */
const AT_ONCE = 8_000_000

/**
 * Saves the state of shards, some of them at once and never all of a large city's. `saved` hears of each part once it is
 * durable. Answers the bytes of all of it.
 */
export async function saveInTurn(
  { snapshots, retry }: Pick<ProcessorPorts, 'snapshots' | 'retry'>,
  name: string,
  shards: readonly number[],
  snapshotOf: (shard: number) => Snapshot | undefined,
  saved: (part: ReadonlyMap<number, Snapshot>) => Promise<void>,
): Promise<number> {
  let part = new Map<number, Snapshot>()
  let bytes = 0
  let all = 0
  const save = async () => {
    if (part.size === 0) return
    await retry(() => snapshots.save(name, 'process', part))
    await saved(part)
    part = new Map()
    all += bytes
    bytes = 0
  }
  for (const shard of shards) {
    const snapshot = snapshotOf(shard)
    if (snapshot === undefined) continue
    part.set(shard, snapshot)
    bytes += snapshot.state.length
    if (bytes >= AT_ONCE) await save()
  }
  await save()
  return all
}
