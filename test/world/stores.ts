import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import { createMemoryPresent } from '../../adapters/memory/present.ts'
import { createMemoryRecordIndex } from '../../adapters/memory/record-index.ts'
import type { MemorySnapshot } from '../../adapters/memory/snapshots.ts'
import type { EventLog, LogBatch, OutgoingBatch, Topic } from '../../core/event-log.ts'
import type { Present } from '../../core/present.ts'
import type { RecordIndex } from '../../ingest/record-index.ts'
import { createMemoryHistory, type MemoryHistory } from './memory-history.ts'

/** What outlives every part: each call on it is carried out at once, or not at all. */
export interface Stores {
  readonly log: EventLog
  readonly index: RecordIndex
  readonly present: Present
  readonly history: MemoryHistory
  /** By `realm/role/shard/lane/place`: the furthest. */
  readonly snapshots: Map<string, MemorySnapshot>
  /** Jobs by `queue/id`: the same id again is the same job. */
  readonly jobs: Map<string, object>
  /** Every entry that was ever appended, trimmed or not, in the order of their coming. */
  readonly appended: readonly LogBatch[]
  /** Calls `wake` once, when something is appended to the topic. */
  onAppend(topic: Topic, wake: () => void): void
}

export function createStores(knowsRows: boolean): Stores {
  const inner = createMemoryEventLog({ wait: async () => undefined })
  const appended: LogBatch[] = []
  const sleepers = new Map<Topic, (() => void)[]>()
  const log: EventLog = {
    ...inner,
    async append(batches: readonly OutgoingBatch[]) {
      const positions = await inner.append(batches)
      batches.forEach((batch, index) => {
        appended.push({ ...batch, position: positions[index] ?? '' })
      })
      for (const topic of new Set(batches.map((batch) => batch.topic))) {
        const woken = sleepers.get(topic) ?? []
        sleepers.delete(topic)
        for (const wake of woken) wake()
      }
      return positions
    },
  }
  return {
    log,
    index: createMemoryRecordIndex(log),
    present: createMemoryPresent(),
    history: createMemoryHistory(knowsRows),
    snapshots: new Map(),
    jobs: new Map(),
    appended,
    onAppend: (topic, wake) => void sleepers.set(topic, [...(sleepers.get(topic) ?? []), wake]),
  }
}
