import type { LogBatch } from '../core/event-log.ts'
import type { HistorySink } from './history-sink.ts'
import type { ProcessorPorts } from './processor-ports.ts'
import type { RealmProcessor } from './realm-processor.ts'

export interface Keeper {
  saveDue(now: number, batches: readonly LogBatch[]): Promise<void>
  saveAll(): Promise<void>
}

export interface KeeperOptions {
  readonly realm: string
  /** Under which the snapshots lie. */
  readonly name: string
  readonly shards: readonly number[]
  readonly snapshotBytes: number
  readonly quietMs: number
}

/** Decides when a shard's snapshot is due, and trims the log behind it. */
export function createKeeper(
  options: KeeperOptions,
  ports: Pick<ProcessorPorts, 'log' | 'snapshots' | 'retry' | 'happened'>,
  processor: RealmProcessor,
  sink: HistorySink,
  tellAll: () => Promise<void>,
): Keeper {
  const { realm, name, shards, snapshotBytes, quietMs } = options
  const grown = new Map<number, number>()
  let lastBatch = 0

  async function save(due: readonly number[]): Promise<void> {
    if (due.length === 0) return
    await sink.drain()
    await tellAll()
    let bytes = 0
    for (const shard of due) {
      const snapshot = processor.snapshot(shard)
      if (snapshot === undefined) continue
      bytes += snapshot.state.length
      await ports.retry(() => ports.snapshots.save(name, 'process', shard, snapshot))
      const position = snapshot.positions[`observations/${shard}`]
      if (position !== undefined) await ports.retry(() => ports.log.trim('observations', realm, shard, position))
      grown.delete(shard)
    }
    ports.happened({ type: 'snapshots-saved', realm, shards: due.length, bytes })
  }

  return {
    async saveDue(now, batches) {
      for (const batch of batches) grown.set(batch.shard, (grown.get(batch.shard) ?? 0) + batch.bytes.length)
      if (batches.length > 0) lastBatch = now
      // What still waits for time to come would be written down only to be written down again.
      const quiet = lastBatch > 0 && now - lastBatch > quietMs && processor.pending() === 0
      await save(
        [...grown].filter(([, bytes]) => bytes > snapshotBytes || (quiet && bytes > 0)).map(([shard]) => shard),
      )
    },
    saveAll: () => save(shards),
  }
}
