import { Retryable } from './errors.ts'
import { FED_FROM_OUTSIDE, type OutgoingBatch, type Topic } from './event-log.ts'

/** What an append asks of one topic of one realm. */
export interface RoomAsked {
  readonly topic: Topic
  readonly realm: string
  readonly bytes: number
  readonly entries: number
}

/** What is known of how full a topic is: bytes when it was measured last, and let in since by this process. */
export interface RoomTaken {
  readonly measured: number
  readonly since: number
}

/** How much of the bound may be let in before the topic is measured again. */
const MEASURE_EVERY = 1 / 32

/**
 * Of each topic that the world fills, what these batches ask. Topics fed from inside have no bound: what drains the log
 * must be able to write, or a full one would never be empty again.
 */
export function roomAsked(batches: readonly OutgoingBatch[]): readonly RoomAsked[] {
  const asked = new Map<string, RoomAsked>()
  for (const { topic, realm, bytes } of batches) {
    if (!FED_FROM_OUTSIDE.has(topic)) continue
    const name = `${topic} ${realm}`
    const before = asked.get(name) ?? { topic, realm, bytes: 0, entries: 0 }
    asked.set(name, { ...before, bytes: before.bytes + bytes.byteLength, entries: before.entries + 1 })
  }
  return [...asked.values()]
}

/** Whether what is known will do. A topic that looks full is always measured again: somebody may have drained it. */
export function isFresh(taken: RoomTaken | undefined, bound: number): taken is RoomTaken {
  return taken !== undefined && taken.since < bound * MEASURE_EVERY && taken.measured + taken.since < bound
}

/**
 * Lets an append in, and gives what is taken then. The last that is let in may pass the bound by its own size, so that
 * nothing is too large to ever be let in.
 * Errors: `Retryable` with code `log-full` where the topic is at its bound.
 */
export function letIn(taken: RoomTaken, { topic, realm, bytes }: RoomAsked, bound: number): RoomTaken {
  if (taken.measured + taken.since >= bound) {
    const held = Math.round(taken.measured + taken.since)
    throw new Retryable('log-full', `${topic} of ${realm} holds about ${held} bytes, the bound is ${bound}`)
  }
  return { measured: taken.measured, since: taken.since + bytes }
}
