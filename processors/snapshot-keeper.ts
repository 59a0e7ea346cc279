import type { LogBatch } from '../core/event-log.ts'
import type { Snapshot } from '../core/snapshots.ts'
import type { HistorySink } from './history-sink.ts'
import type { Teller } from './present-teller.ts'
import type { ProcessorPorts } from './processor-ports.ts'
import type { RealmProcessor } from './realm-processor.ts'
import type { Chains } from './snapshot-chains.ts'

/** To be called between two steps: a state is kept only together with all that it has made the folds say. */
export interface Keeper {
  /** Takes some of the snapshots that are due, and saves them beside the steps that follow. Errors: those of saving. */
  saveDue(now: number, batches: readonly LogBatch[]): Promise<void>
  saveAll(): Promise<void>
}

export interface KeeperOptions {
  readonly realm: string
  /** Under which the snapshots lie. */
  readonly name: string
  readonly shards: readonly number[]
  readonly snapshotBytes: number
  readonly snapshotMs: number
  readonly quietMs: number
}

/** What is taken at once, in bytes and in time in which nothing is folded: an insert has its price too. */
const AT_ONCE = 2_000_000
const AT_ONCE_MS = 15
/** What waits to be told of is soon told of; a snapshot that is overdue does not wait for that. */
const FEW_UNTOLD = 1_000
const OVERDUE = 2
/** Each save makes the history's sink insert what it has: not more often than it does by itself. */
const APART_MS = 1_000

/** Decides when a shard's snapshot is due, and trims the log behind it. */
export function createKeeper(
  options: KeeperOptions,
  ports: Pick<ProcessorPorts, 'log' | 'snapshots' | 'retry' | 'happened' | 'clock'>,
  processor: Pick<RealmProcessor, 'pending'>,
  chains: Chains,
  sink: Pick<HistorySink, 'drain'>,
  teller: Pick<Teller, 'waiting' | 'tellAll'>,
): Keeper {
  const { realm, name, shards, snapshotBytes, snapshotMs, quietMs } = options
  /** Since the last snapshot, by shard: bytes of the log, and when the first came that was no back-fill. */
  const grown = new Map<number, { readonly bytes: number; readonly since: number }>()
  let lastBatch = 0
  let lastSave = Number.NEGATIVE_INFINITY
  let saving: Promise<void> | undefined
  let failure: unknown

  /** The first of these shards, in as many as are kept at once. */
  function takeSome(due: readonly number[]): ReadonlyMap<number, Snapshot> {
    const part = new Map<number, Snapshot>()
    const until = ports.clock.now() + AT_ONCE_MS
    let bytes = 0
    for (const shard of due) {
      const snapshot = chains.take(shard)
      grown.delete(shard)
      if (snapshot === undefined) continue
      part.set(shard, snapshot)
      bytes += snapshot.state.length
      if (bytes >= AT_ONCE || ports.clock.now() >= until) break
    }
    return part
  }

  async function save(part: ReadonlyMap<number, Snapshot>): Promise<void> {
    if (part.size === 0) return
    await sink.drain()
    await ports.retry(() => ports.snapshots.save(name, 'process', part))
    chains.kept(part)
    let bytes = 0
    for (const [shard, { positions, state }] of part) {
      bytes += state.length
      const position = positions[`observations/${shard}`]
      if (position !== undefined) await ports.retry(() => ports.log.trim('observations', realm, shard, position))
    }
    ports.happened({ type: 'snapshots-saved', realm, shards: part.size, bytes })
  }

  return {
    async saveDue(now, batches) {
      if (failure !== undefined) throw failure
      for (const { shard, bytes, bulk } of batches) {
        const before = grown.get(shard) ?? { bytes: 0, since: Number.POSITIVE_INFINITY }
        // In a back-fill nearly all has changed after some seconds.
        const since = bulk || bytes.length === 0 ? before.since : Math.min(before.since, now)
        grown.set(shard, { bytes: before.bytes + bytes.length, since })
      }
      if (batches.length > 0) lastBatch = now
      if (saving !== undefined) return
      // What still waits for time to come would be written down only to be written down again.
      const quiet = lastBatch > 0 && now - lastBatch > quietMs && processor.pending() === 0
      const isBehind = (factor: number, bytes: number, since: number) =>
        bytes > factor * snapshotBytes || now - since > factor * snapshotMs
      const due = [...grown].filter(([, { bytes, since }]) => isBehind(1, bytes, since) || (quiet && bytes > 0))
      if (due.length === 0) return
      const isFull = due.some(([, { bytes }]) => bytes > snapshotBytes)
      if (!isFull && !quiet && now - lastSave < APART_MS) return
      const isOverdue = due.some(([, { bytes, since }]) => isBehind(OVERDUE, bytes, since))
      if (teller.waiting() > FEW_UNTOLD && !isOverdue) return
      await teller.tellAll()
      lastSave = now
      saving = save(takeSome(due.map(([shard]) => shard)))
        .catch((error: unknown) => {
          failure = error
        })
        .finally(() => {
          saving = undefined
        })
    },

    async saveAll() {
      await saving
      if (failure !== undefined) throw failure
      await teller.tellAll()
      // A shard of which nothing was read since its last snapshot comes to the same state from there.
      for (let left = shards.filter((shard) => grown.has(shard)); left.length > 0; ) {
        await save(takeSome(left))
        left = left.filter((shard) => grown.has(shard))
      }
    },
  }
}
