import { Refusal } from '../core/errors.ts'
import type { LogBatch, Progress } from '../core/event-log.ts'
import { fullHash } from '../core/hash.ts'
import type { History } from '../core/history.ts'
import { unpackArchived } from './archive-row.ts'

interface ArchiveRow {
  readonly shard: number
  readonly position: string
  readonly count: number
  readonly progress: string
  readonly bulk: number
  readonly packing: string
  /** Base64: what is packed is no text. */
  readonly bytes: string
  /** Of the bytes as they were written. */
  readonly hash: string
}

const PAGE = 500

/**
 * The archived observations of these shards, each shard in the order of its positions, a bounded page at a time.
 * Errors: `Refusal` for a batch that is not what was written: nothing is built on it.
 */
export async function* readArchive(
  history: History,
  realm: string,
  shards: readonly number[],
): AsyncGenerator<LogBatch[]> {
  for (const shard of shards) {
    let after = ''
    for (;;) {
      const rows: readonly ArchiveRow[] = await history.query<ArchiveRow>(
        `SELECT shard, position, any(count) AS count, any(progress) AS progress, any(bulk) AS bulk, argMin(packing, written) AS packing,
                argMin(hash, written) AS hash, base64Encode(argMin(bytes, written)) AS bytes
           FROM archive WHERE realm = {realm:String} AND topic = 'observations' AND shard = {shard:UInt16} AND position > {after:String}
          GROUP BY shard, position ORDER BY position LIMIT ${PAGE}`,
        { realm, shard, after },
      )
      if (rows.length > 0) yield rows.map((row) => toBatch(realm, row))
      after = rows.at(-1)?.position ?? after
      if (rows.length < PAGE) break
    }
  }
}

function toBatch(realm: string, row: ArchiveRow): LogBatch {
  const progress: readonly Progress[] = JSON.parse(row.progress)
  const bytes = unpackArchived(row.packing, Buffer.from(row.bytes, 'base64'))
  if (fullHash(bytes) !== row.hash) {
    throw new Refusal(
      `The archive of ${realm} is damaged at shard ${row.shard}, position ${row.position}: restore that row of the table "archive" from a back-up.`,
    )
  }
  return {
    topic: 'observations',
    realm,
    shard: row.shard,
    position: row.position,
    count: row.count,
    bytes,
    progress,
    bulk: true,
  }
}
