import { Refusal } from '../core/errors.ts'
import { BEGINNING, type LogReader, type Position } from '../core/event-log.ts'
import type { Snapshot } from '../core/snapshots.ts'
import { readArchive } from './archive.ts'
import { patiently } from './patiently.ts'
import type { ProcessorPorts } from './processor-ports.ts'
import type { RealmProcessor } from './realm-processor.ts'

export interface ReadOn {
  readonly reader: LogReader
  /** How far each shard has come: its snapshot, and what was read of the archive. */
  readonly after: ReadonlyMap<number, Position>
  /** Batches that were read of the archive. */
  readonly archived: number
}

/**
 * Reading goes on behind the snapshots. What is no longer in the log is folded out of the archive first: of shards of which
 * nothing was kept, and of all where the log was cut behind what was: by another policy's folds, or behind snapshots of
 * which the last are damaged or lost.
 */
export async function readOn(
  realm: string,
  shards: readonly number[],
  loaded: ReadonlyMap<number, Pick<Snapshot, 'positions'>>,
  ports: Pick<ProcessorPorts, 'log' | 'history' | 'retry'>,
  processor: Pick<RealmProcessor, 'observe'>,
): Promise<ReadOn> {
  function open(positions: ReadonlyMap<number, Position>): Promise<LogReader> {
    // A shard of which nothing was kept must begin with its beginning: were that trimmed, its score would be a guess.
    const after = new Map(shards.map((shard) => [shard, positions.get(shard) ?? BEGINNING]))
    return patiently(ports, () =>
      ports.log.reader({ topic: 'observations', realm, shards, after, maxBytes: 4_000_000 }),
    )
  }

  const kept = new Map<number, Position>()
  for (const shard of shards) {
    const position = loaded.get(shard)?.positions[`observations/${shard}`]
    if (position !== undefined) kept.set(shard, position)
  }
  const behind = await open(kept).catch(ifCut)
  const wanted = behind === undefined ? shards : shards.filter((shard) => !kept.has(shard))
  const after = new Map(kept)
  let archived = 0
  for await (const batches of readArchive(ports.history, realm, wanted, kept)) {
    processor.observe(batches)
    archived += batches.length
    for (const batch of batches) after.set(batch.shard, batch.position)
  }
  if (behind !== undefined && archived === 0) return { reader: behind, after, archived }
  await behind?.close()
  return { reader: await open(after), after, archived }
}

function ifCut(error: unknown): undefined {
  if (!(error instanceof Refusal)) throw error
  return undefined
}
