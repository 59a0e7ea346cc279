import type { Hj212Message } from './hj212-message.ts'
import { dataTimeOf } from './hj212-rows.ts'

/** A message as it came, and where. */
export interface Hj212Arrived {
  readonly message: Hj212Message
  readonly raw: Buffer
  readonly offset: number
}

/** A message that can be made rows of; `raw` tells it again on its own. */
export interface Hj212Ready extends Hj212Arrived {
  /** Of another packet of the same message, where this one has none. */
  readonly dataTime?: string
}

/** Joins the packets of messages that were split. */
export interface Hj212Packets {
  /** What can be made rows of now. `now` is any clock's milliseconds. */
  take(arrived: Hj212Arrived, now: number): Hj212Ready[]
  /** What has waited in vain up to `now`: it is read without the packets that did not come. */
  expire(now: number): Hj212Ready[]
  /** How many messages came in part and were given up. */
  incomplete(): number
}

interface Split {
  readonly of: number
  readonly since: number
  readonly seen: Set<number>
  context: { readonly dataTime: string; readonly raw: Buffer } | undefined
  waiting: Hj212Arrived[]
}

const MOST_SPLITS = 16
const MOST_WAITING = 8
const PATIENCE_MS = 60_000

/**
 * A packet is given on as soon as it can be read, not when the last one is there: devices wait for the answer to one
 * packet before they send the next, and an answer may be given only for what is durable. What a packet needs of the
 * others is the time of the data; one that comes before it waits.
 */
export function createHj212Packets(): Hj212Packets {
  const splits = new Map<string, Split>()
  let incomplete = 0

  function close(key: string, split: Split): Hj212Ready[] {
    splits.delete(key)
    if (split.seen.size < split.of) incomplete++
    return split.waiting
  }

  return {
    take(arrived, now) {
      const { message } = arrived
      const { head, packet } = message
      if (packet === undefined || message.fault !== undefined) return [arrived]
      const key = [head.mn, head.cn, head.qn, head.st, packet.of].join('\u001f')
      const ready: Hj212Ready[] = []
      let split = splits.get(key)
      if (split === undefined) {
        const [oldest] = splits
        if (splits.size >= MOST_SPLITS && oldest !== undefined) ready.push(...close(...oldest))
        split = { of: packet.of, since: now, seen: new Set(), context: undefined, waiting: [] }
        splits.set(key, split)
      }
      split.seen.add(packet.number)
      const own = dataTimeOf(message)
      if (own !== '') {
        // Copied, because it is kept longer than the chunk that it came in.
        split.context ??= { dataTime: own, raw: Buffer.from(arrived.raw) }
        ready.push(arrived, ...split.waiting.map((waiting) => inContext(waiting, split.context)))
        split.waiting = []
      } else if (split.context !== undefined) {
        ready.push(inContext(arrived, split.context))
      } else {
        split.waiting.push({ ...arrived, raw: Buffer.from(arrived.raw) })
        if (split.waiting.length >= MOST_WAITING) ready.push(...close(key, split))
      }
      return ready
    },

    expire(now) {
      const due = [...splits].filter(([, { since }]) => now - since >= PATIENCE_MS)
      return due.flatMap(([key, split]) => close(key, split))
    },

    incomplete: () => incomplete,
  }
}

/** The packet that names the time goes along, so that the bytes that are kept of a reject tell it again. */
function inContext(arrived: Hj212Arrived, context: Split['context']): Hj212Ready {
  if (context === undefined) return arrived
  const raw = Buffer.concat([context.raw, Buffer.from('\r\n'), arrived.raw])
  return { ...arrived, raw, dataTime: context.dataTime }
}
