import { Refusal } from '../core/errors.ts'
import type { LogBatch, Position, Progress } from '../core/event-log.ts'
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
const PAGE_BYTES = 16_000_000

/**
 * The archived observations of these shards, each shard in the order of its positions from where it is `behind` on, a
 * bounded page at a time. Errors: `Refusal` for a row that is not what was written: nothing is built on it.
 */
export async function* readArchive(
  history: History,
  realm: string,
  shards: readonly number[],
  behind: ReadonlyMap<number, Position> = new Map(),
): AsyncGenerator<LogBatch[]> {
  for (const shard of await archivedOf(history, realm, shards)) {
    let given = behind.get(shard) ?? ''
    for (;;) {
      const batches = await archivePage(history, { realm, shard, given }, PAGE, PAGE_BYTES)
      if (batches.length === 0) break
      yield batches
      given = batches.at(-1)?.position ?? given
    }
  }
}

/** Those of which anything is archived: on an empty history each question costs as much as one that has an answer. */
async function archivedOf(history: History, realm: string, shards: readonly number[]): Promise<readonly number[]> {
  if (shards.length <= 1) return shards
  const rows = await history.query<{ readonly shard: number }>(
    `SELECT DISTINCT shard FROM archive
      WHERE realm = {realm:String} AND topic = 'observations' AND shard IN {shards:Array(UInt16)}`,
    { realm, shards },
  )
  const known = new Set(rows.map(({ shard }) => Number(shard)))
  return shards.filter((shard) => known.has(shard))
}

interface ArchivePlace {
  readonly realm: string
  readonly shard: number
  /** What was read before. */
  readonly given: Position
}

/**
 * What follows in a shard's archive, out of at most so many rows, and of no more once they have `bytes` as they are
 * packed; nothing at its end. Rows may overlap, as after a crash a second delivery is cut differently: what was given is
 * not given again.
 */
export async function archivePage(
  history: History,
  { realm, shard, given }: ArchivePlace,
  most: number,
  bytes: number,
): Promise<LogBatch[]> {
  const from = `realm = {realm:String} AND topic = 'observations' AND shard = {shard:UInt16} AND position > {given:String}`
  const rows = await history.query<ArchiveRow>(
    `SELECT * FROM (
       SELECT *, sum(length(bytes)) OVER (ORDER BY position, opens ROWS UNBOUNDED PRECEDING) AS gathered FROM (
         SELECT shard, position, first = '' ? position : first AS opens, any(count) AS count, any(progress) AS progress,
                argMin(packing, written) AS packing, argMin(hash, written) AS hash,
                base64Encode(argMin(bytes, written)) AS bytes
           FROM archive
          WHERE ${from} AND position <= (
                SELECT max(position) FROM (SELECT position FROM archive WHERE ${from} ORDER BY position LIMIT {most:UInt32}))
          GROUP BY shard, position, opens
       )
     ) WHERE gathered - length(bytes) < {bytes:UInt64} ORDER BY position, opens`,
    { realm, shard, given, most, bytes },
  )
  const batches: LogBatch[] = []
  let last = given
  for (const row of rows) {
    for (const batch of batchesOf(realm, row)) {
      if (batch.position <= last) continue
      batches.push(batch)
      last = batch.position
    }
  }
  return batches
}

function batchesOf(realm: string, row: ArchiveRow): LogBatch[] {
  const { shard, position, count, packing } = row
  const bytes = unpackArchived(packing, Buffer.from(row.bytes, 'base64'))
  if (fullHash(bytes) !== row.hash) {
    throw new Refusal({
      zh: `${realm} 的归档在分片 ${shard}、位置 ${position} 处已损坏,请从备份恢复 archive 表的这一行`,
      en: `The archive of ${realm} is damaged at shard ${shard}, position ${position}: restore that row of the table "archive" from a back-up.`,
    })
  }
  const place = { topic: 'observations', realm, shard } as const
  const frames = framesOf(packing, bytes)
  if (frames !== undefined) return frames.map(({ length: _, ...frame }) => ({ ...frame, ...place, bulk: true }))
  const progress: readonly Progress[] = JSON.parse(row.progress)
  return [{ ...place, position, count, bytes, progress, bulk: true }]
}
