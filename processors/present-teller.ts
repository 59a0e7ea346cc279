import type { Position } from '../core/event-log.ts'
import type { PresentArea } from '../core/present.ts'
import { takeFreshest } from './freshest.ts'
import type { ProcessorPorts } from './processor-ports.ts'
import type { Output, RealmProcessor } from './realm-processor.ts'

/** What a processor says of itself in area `positions`, key `process {its first shard}`. */
export interface ProcessorStatus {
  /** Wall time, UTC ms. */
  readonly at: number
  readonly pending: number
  /** All that was read is folded, said and durable, and the present has heard of it. */
  readonly settled: boolean
  /** By shard. */
  readonly durable: Readonly<Record<number, Position>>
  /** How far the streams of periods were read, by their names. */
  readonly sealed: Readonly<Record<string, Position>>
  /** Likewise those of partial periods, where the second stage is here. */
  readonly aggregates: Readonly<Record<string, Position>>
}

/** Tells the present of a realm what its folds have said. */
export interface Teller {
  /**
   * Scores that are ahead of what is sealed at once; all else at most four times a second (once in a back-fill), in its
   * newest form.
   */
  publish(output: Output, status: () => Omit<ProcessorStatus, 'at'>): Promise<void>
  /** How many enterprises wait to be told of. */
  waiting(): number
  /** What a snapshot includes is never said again: before it is taken the present has heard of it. */
  tellAll(): Promise<void>
  /** How shards stand, told at once. */
  show(shards: Iterable<number>): Promise<void>
}

const PRESENT_MS = 250
/** While years of history are folded a board that moves once a second is enough. */
const BUSY_PRESENT_MS = 1_000
const BUSY_PENDING = 5_000
const DOCUMENTS_AT_ONCE = 1_000

/** `name`: of the processor, under which it says how far it has come. */
export function createTeller(
  { realm, name }: { readonly realm: string; readonly name: string },
  { present, retry, clock }: Pick<ProcessorPorts, 'present' | 'retry' | 'clock'>,
  processor: Pick<RealmProcessor, 'pending' | 'views'>,
): Teller {
  let lastPresent = 0
  /** By enterprise: the line of its newest point. */
  const fresh = new Map<string, string>()
  const viewsDue = new Set<number>()
  let newest = -1

  const put = (area: PresentArea, documents: Readonly<Record<string, string>>) =>
    retry(() => present.put(realm, area, documents))

  async function tellSome(): Promise<void> {
    const documents: Record<string, string> = {}
    let count = 0
    for (const [id, line] of fresh) {
      documents[id] = line
      fresh.delete(id)
      count += 1
      if (count >= DOCUMENTS_AT_ONCE) break
    }
    if (count > 0) await put('risk', documents)
  }

  return {
    async publish(output, status) {
      const { urgent, gone } = takeFreshest(fresh, output)
      if (gone.length > 0) await retry(() => present.remove(realm, 'risk', gone))
      for (const shard of output.changedShards) viewsDue.add(shard)
      // The board shows a realm as far as its slowest shard: a clock that is told late makes all of it old.
      for (const shard of output.sealedShards) viewsDue.add(shard)
      if (output.newestReceived >= 0) newest = output.newestReceived
      const now = clock.now()
      const isBusy = processor.pending() > BUSY_PENDING
      const every = isBusy ? BUSY_PRESENT_MS : PRESENT_MS
      if (urgent.size > 0) await put('risk', Object.fromEntries(urgent))
      const isDue = now - lastPresent >= every
      // Whom a day's end moved need not wait for each other; in a back-fill most would be told of again and again.
      if (isDue || (!isBusy && fresh.size >= DOCUMENTS_AT_ONCE)) await tellSome()
      if (!isDue) return
      lastPresent = now
      if (viewsDue.size > 0) await put('shards', processor.views(viewsDue))
      viewsDue.clear()
      const said: ProcessorStatus = { at: now, ...status() }
      const published = newest < 0 ? {} : { published: JSON.stringify({ at: now, received: newest }) }
      await put('positions', { [name]: JSON.stringify(said), ...published })
      newest = -1
    },

    waiting: () => fresh.size,

    async tellAll() {
      while (fresh.size > 0) await tellSome()
    },

    show: (shards) => put('shards', processor.views(shards)),
  }
}
