import type { OutgoingBatch, Topic } from '../../core/event-log.ts'
import { isFresh, letIn, type RoomAsked, type RoomTaken, roomAsked } from '../../core/log-room.ts'
import { topicName } from './message.ts'

export interface HeldBytes {
  /** Bytes held for a topic of a realm: entries held × the mean size of those that this process wrote. */
  of(topic: Topic, realm: string): Promise<number>
  /** Errors: `Retryable` with code `log-full` where the world has filled its topic to the bound. */
  admit(batches: readonly OutgoingBatch[]): Promise<void>
  /** An entry was written, and weighs so much in Kafka. */
  wrote(topicName: string, bytes: number): void
  /** Something was dropped: what was measured holds no more. */
  dropped(topic: Topic, realm: string): void
}

/** What an entry is taken to weigh where this process has nothing to go by. */
const FIRST_GUESS = 16 * 1024

/**
 * Kafka counts entries and tells no bytes without asking each broker's disk, so bytes are estimated. `bound` is that of
 * `observations` and of `rejects` of each realm; topics fed from inside have none, as what drains the log must be able to
 * write.
 */
export function createHeldBytes(entriesOf: (topic: Topic, realm: string) => Promise<number>, bound: number): HeldBytes {
  const written = new Map<string, { entries: number; bytes: number }>()
  const rooms = new Map<string, RoomTaken>()

  function meanOf(name: string, otherwise: number): number {
    const own = written.get(name)
    return own === undefined ? otherwise : own.bytes / own.entries
  }

  async function measure({ topic, realm, bytes, entries }: RoomAsked): Promise<RoomTaken> {
    return { measured: (await entriesOf(topic, realm)) * meanOf(topicName(realm, topic), bytes / entries), since: 0 }
  }

  return {
    async of(topic, realm) {
      return Math.round((await entriesOf(topic, realm)) * meanOf(topicName(realm, topic), FIRST_GUESS))
    },

    async admit(batches) {
      if (bound === Number.POSITIVE_INFINITY) return
      for (const asked of roomAsked(batches)) {
        const name = topicName(asked.realm, asked.topic)
        const known = rooms.get(name)
        // What is known is let in by at once: appends at the same time add up.
        const taken = isFresh(known, bound) ? known : await measure(asked)
        rooms.set(name, letIn(taken, asked, bound))
      }
    },

    wrote(name, bytes) {
      const sum = written.get(name) ?? { entries: 0, bytes: 0 }
      written.set(name, { entries: sum.entries + 1, bytes: sum.bytes + bytes })
    },

    dropped(topic, realm) {
      rooms.delete(topicName(realm, topic))
    },
  }
}
