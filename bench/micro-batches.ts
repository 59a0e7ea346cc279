import { createMemoryRecordIndex } from '../adapters/memory/record-index.ts'
import { systemClock } from '../adapters/system-clock.ts'
import type { LogBatch, OutgoingBatch } from '../core/event-log.ts'
import type { CompiledFeed } from '../ingest/mapping/compile-feed.ts'
import { openRealmIntake } from '../ingest/realm-intake.ts'
import { createSealer } from '../ingest/sealed-bytes.ts'
import { createFrameWriter, type FrameWriter, readFrames } from './frames.ts'
import { sendCity } from './send-city.ts'

/** A batch of the log, with the number of the append that it was part of. */
export interface Batched extends Omit<OutgoingBatch, 'bytes'> {
  readonly append: number
}

/**
 * What one intake makes of prepared bodies, file after file, append by append. Answers how many observations there are
 * in each.
 */
export async function writeMicroBatches(
  parts: readonly { readonly bodies: string; readonly batches: string }[],
  realm: string,
  feeds: ReadonlyMap<string, CompiledFeed>,
): Promise<readonly number[]> {
  let writer: FrameWriter<Batched> | undefined
  let append = 0
  let observations = 0
  const index = createMemoryRecordIndex({
    async append(batches) {
      append += 1
      for (const { bytes, ...header } of batches) {
        if (header.topic === 'observations') observations += header.count
        writer?.write({ ...header, append }, bytes)
      }
      return []
    },
  })
  const intake = await openRealmIntake({
    realm,
    feeds: [...feeds.keys()],
    live: undefined,
    index,
    log: { heldBytes: async () => 0 },
    heldBound: Number.POSITIVE_INFINITY,
    clock: systemClock,
    sealer: createSealer(Buffer.alloc(32)),
  })
  const counts: number[] = []
  for (const { bodies, batches } of parts) {
    writer = createFrameWriter<Batched>(batches)
    observations = 0
    await sendCity(bodies, feeds, intake)
    writer.close()
    counts.push(observations)
  }
  return counts
}

/** The batches of one append after the other. */
export function* readAppends(path: string): Generator<OutgoingBatch[], void, undefined> {
  let batches: OutgoingBatch[] = []
  let current = 0
  for (const { header, bytes } of readFrames<Batched>(path)) {
    const { append, ...batch } = header
    if (append !== current && batches.length > 0) {
      yield batches
      batches = []
    }
    current = append
    batches.push({ ...batch, bytes })
  }
  if (batches.length > 0) yield batches
}

/** As a log would give them back. */
export function toLogBatches(batches: readonly OutgoingBatch[], append: number): LogBatch[] {
  const position = String(append).padStart(12, '0')
  return batches.filter(({ topic }) => topic === 'observations').map((batch) => ({ ...batch, position }))
}
