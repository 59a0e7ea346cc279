import { Refusal } from '../core/errors.ts'
import type { LogBatch, Progress } from '../core/event-log.ts'
import { fullHash } from '../core/hash.ts'
import type { History } from '../core/history.ts'
import { framesOf, unpackArchived } from './archive-row.ts'

interface ArchiveRow {
  readonly shard: number
  /** Of its last batch. */
  readonly position: string
  /** Of its first batch. */
  readonly opens: string
  readonly count: number
  readonly progress: string
  readonly packing: string
  /** Base64: what is packed is no text. */
  readonly bytes: string
  /** Of the bytes as they were before they were packed. */
  readonly hash: string
}

const PAGE = 100

/**
 * The archived observations of these shards, each shard in the order of its positions, a bounded page at a time. Rows may
 * overlap, as after a crash a second delivery is cut differently: what was given is not given again.
 * Errors: `Refusal` for a row that is not what was written: nothing is built on it.
 */
export async function* readArchive(
  history: History,
  realm: string,
  shards: readonly number[],
): AsyncGenerator<LogBatch[]> {
  for (const shard of shards) {
    let after = { opens: '', position: '' }
    let given = ''
    for (;;) {
      const rows: readonly ArchiveRow[] = await history.query<ArchiveRow>(
        `SELECT shard, position, first = '' ? position : first AS opens, any(count) AS count, any(progress) AS progress,
                argMin(packing, written) AS packing, argMin(hash, written) AS hash, base64Encode(argMin(bytes, written)) AS bytes
           FROM archive WHERE realm = {realm:String} AND topic = 'observations' AND shard = {shard:UInt16}
            AND (opens, position) > ({opens:String}, {position:String})
          GROUP BY shard, position, opens ORDER BY opens, position LIMIT ${PAGE}`,
        { realm, shard, ...after },
      )
      for (const row of rows) {
        const batches = batchesOf(realm, row).filter(({ position }) => position > given)
        given = batches.at(-1)?.position ?? given
        if (batches.length > 0) yield batches
      }
      after = rows.at(-1) ?? after
      if (rows.length < PAGE) break
    }
  }
}

function batchesOf(realm: string, row: ArchiveRow): LogBatch[] {
  const { shard, position, count, packing } = row
  const bytes = unpackArchived(packing, Buffer.from(row.bytes, 'base64'))
  if (fullHash(bytes) !== row.hash) {
    throw new Refusal(
      `The archive of ${realm} is damaged at shard ${shard}, position ${position}: restore that row of the table "archive" from a back-up.`,
    )
  }
  const place = { topic: 'observations', realm, shard } as const
  const frames = framesOf(packing, bytes)
  if (frames !== undefined) return frames.map(({ length: _, ...frame }) => ({ ...frame, ...place, bulk: true }))
  const progress: readonly Progress[] = JSON.parse(row.progress)
  return [{ ...place, position, count, bytes, progress, bulk: true }]
}
