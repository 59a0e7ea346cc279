import { Retryable } from '../../core/errors.ts'
import { FED_FROM_OUTSIDE, type OutgoingBatch, type Topic } from '../../core/event-log.ts'
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
/** How much of the bound may be appended before the topic is measured again. */
const MEASURE_EVERY = 1 / 32

interface Usage {
  readonly measured: number
  since: number
}

/**
 * Kafka counts entries and tells no bytes without asking each broker's disk, so bytes are estimated. `bound` is that of
 * `observations` and of `rejects` of each realm; topics fed from inside have none, as what drains the log must be able to
 * write.
 */
export function createHeldBytes(entriesOf: (topic: Topic, realm: string) => Promise<number>, bound: number): HeldBytes {
  const written = new Map<string, { entries: number; bytes: number }>()
  const usages = new Map<string, Usage>()

  function meanOf(name: string, otherwise: number): number {
    const own = written.get(name)
    return own === undefined ? otherwise : own.bytes / own.entries
  }

  async function usageOf(topic: Topic, realm: string, mean: number): Promise<Usage> {
    const name = topicName(realm, topic)
    const known = usages.get(name)
    const isFresh = known !== undefined && known.since < bound * MEASURE_EVERY && known.measured + known.since < bound
    if (isFresh) return known
    const usage = { measured: (await entriesOf(topic, realm)) * meanOf(name, mean), since: 0 }
    usages.set(name, usage)
    return usage
  }

  return {
    async of(topic, realm) {
      return Math.round((await entriesOf(topic, realm)) * meanOf(topicName(realm, topic), FIRST_GUESS))
    },

    async admit(batches) {
      if (bound === Number.POSITIVE_INFINITY) return
      const asked = new Map<string, { topic: Topic; realm: string; bytes: number; entries: number }>()
      for (const { topic, realm, bytes } of batches) {
        if (!FED_FROM_OUTSIDE.has(topic)) continue
        const name = topicName(realm, topic)
        const sum = asked.get(name) ?? { topic, realm, bytes: 0, entries: 0 }
        asked.set(name, { ...sum, bytes: sum.bytes + bytes.byteLength, entries: sum.entries + 1 })
      }
      for (const { topic, realm, bytes, entries } of asked.values()) {
        const usage = await usageOf(topic, realm, bytes / entries)
        if (usage.measured + usage.since >= bound) {
          throw new Retryable(
            'log-full',
            `${topic} of ${realm} holds about ${Math.round(usage.measured)} bytes, the bound is ${bound}`,
          )
        }
        usage.since += bytes
      }
    },

    wrote(name, bytes) {
      const sum = written.get(name) ?? { entries: 0, bytes: 0 }
      written.set(name, { entries: sum.entries + 1, bytes: sum.bytes + bytes })
    },

    dropped(topic, realm) {
      usages.delete(topicName(realm, topic))
    },
  }
}
