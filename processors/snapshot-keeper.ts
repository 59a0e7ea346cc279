import type { LogBatch } from '../core/event-log.ts'
import type { HistorySink } from './history-sink.ts'
import type { ProcessorPorts } from './processor-ports.ts'
import type { RealmProcessor } from './realm-processor.ts'
import { saveInTurn } from './snapshots-in-turn.ts'

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
    const bytes = await saveInTurn(ports, name, due, processor.snapshot, async (part) => {
      for (const [shard, { positions }] of part) {
        const position = positions[`observations/${shard}`]
        if (position !== undefined) await ports.retry(() => ports.log.trim('observations', realm, shard, position))
        grown.delete(shard)
      }
    })
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
    // A shard of which nothing was read since its last snapshot comes to the same state from there.
    saveAll: () => save(shards.filter((shard) => grown.has(shard))),
  }
}
