import type { LogBatch, Position } from '../core/event-log.ts'
import { fullHash } from '../core/hash.ts'
import type { HistoryTable, RowForm } from '../core/history.ts'
import { OBSERVATION_FORM, observationRows } from '../core/observation-line.ts'
import { ARCHIVE_FORM, archiveRow } from './archive-row.ts'
import { createRooms, type Gathering } from './gathering.ts'
import type { ProcessorPorts } from './processor-ports.ts'

/** Gathers rows for the history and writes them in large inserts, one set in flight at a time. */
export interface HistorySink {
  /** The batch's own lines untouched, and the batch itself for the archive. */
  batch(batch: LogBatch, writtenAt: number): void
  row(table: 'enterprises', row: object): void
  /** Whole lines of JSON, as they are. */
  lines(table: 'risk' | 'shadow_risk' | 'cells', bytes: Uint8Array): void
  /**
   * Writes what has gathered if it is large, if `now` is late enough, or if it is worth an insert and nothing more is to
   * come for the moment; waits only while too much is gathered.
   */
  maybeFlush(now: number, isIdle: boolean): Promise<void>
  /** Everything gathered so far is durable when it resolves. */
  drain(): Promise<void>
  /** Newest position of each shard whose rows are durable. */
  durable(): ReadonlyMap<number, Position>
  /** Nothing is gathered or in flight. */
  isEmpty(): boolean
}

export interface SinkLimits {
  readonly flushBytes: number
  readonly flushMs: number
  /** So much is worth an insert of its own. */
  readonly idleBytes: number
  readonly holdBytes: number
}

const NEWLINE = Buffer.from('\n')
/** Lines of the log are packed to about a fifth of their bytes. */
const PACKED_TO = 5
const FORMS: Readonly<Partial<Record<HistoryTable, RowForm>>> = {
  observations: OBSERVATION_FORM,
  archive: ARCHIVE_FORM,
}

type Unarchived = ReadonlyMap<number, { readonly batches: readonly LogBatch[]; readonly writtenAt: number }>

/** `pack`: for the archive. `resumed`: positions whose rows were durable before this process began. */
export function createHistorySink(
  { history, retry, pack }: Pick<ProcessorPorts, 'history' | 'retry' | 'pack'>,
  limits: SinkLimits,
  resumed: ReadonlyMap<number, Position>,
): HistorySink {
  const rooms = createRooms()
  let gathered = new Map<HistoryTable, Gathering>()
  let bytes = 0
  let lastFlush = 0
  let seen = new Map<number, Position>()
  /** By shard, until they are packed together. */
  let unarchived = new Map<number, { readonly batches: LogBatch[]; readonly writtenAt: number }>()
  const durable = new Map<number, Position>(resumed)
  let inFlight: Promise<void> = Promise.resolve()
  let writing = false
  let failure: unknown

  /** Answers the bytes as they are kept until they are written. */
  function push(table: HistoryTable, piece: Uint8Array, hash: string): Uint8Array {
    const found = gathered.get(table) ?? rooms.gather()
    gathered.set(table, found)
    bytes += piece.length
    return found.add(piece, hash)
  }

  async function write(
    tables: ReadonlyMap<HistoryTable, Gathering>,
    unpacked: Unarchived,
    positions: ReadonlyMap<number, Position>,
  ): Promise<void> {
    const archive = packAll(unpacked)
    // What fails is heard where the archive's turn comes.
    archive.catch(() => undefined)
    for (const [table, rows] of tables) await insert(table, rows)
    const packed = await archive
    // The archive last: whoever starts without a snapshot takes what is in it for written, rows and all.
    if (packed.size() > 0) await insert('archive', packed)
    for (const rows of [...tables.values(), packed]) rooms.giveBack(rows)
    for (const [shard, position] of positions) durable.set(shard, position)
  }

  async function insert(table: HistoryTable, rows: Gathering): Promise<void> {
    const token = `${table} ${fullHash(rows.hashes().join(' '))}`
    await retry(() => history.insert(table, rows.bytes(), token, FORMS[table]))
  }

  /** A row a shard, one after the other: the same batches are another row when they are cut differently, and another insert. */
  async function packAll(unarchived: Unarchived): Promise<Gathering> {
    const packed = rooms.gather()
    for (const { batches, writtenAt } of unarchived.values()) {
      const row = await archiveRow(batches, writtenAt, pack)
      packed.add(row, fullHash(row))
    }
    return packed
  }

  async function flush(): Promise<void> {
    // Whoever waited beside this may have begun another meanwhile.
    while (writing) await inFlight
    if (failure !== undefined) throw failure
    if (bytes === 0 && seen.size === 0) return
    const [tables, unpacked, positions] = [gathered, unarchived, seen]
    unarchived = new Map()
    gathered = new Map()
    seen = new Map()
    bytes = 0
    writing = true
    inFlight = write(tables, unpacked, positions)
      .catch((error: unknown) => {
        failure = error
      })
      .finally(() => {
        writing = false
      })
  }

  return {
    batch(batch, writtenAt) {
      seen.set(batch.shard, batch.position)
      let kept = batch.bytes
      if (batch.count > 0) {
        const rows = observationRows(batch.bytes)
        const written = push('observations', rows, fullHash(batch.bytes))
        if (rows === batch.bytes) kept = written
        if (batch.bytes.at(-1) !== NEWLINE[0]) push('observations', NEWLINE, '')
      }
      const archived = { ...batch, bytes: kept }
      const ofShard = unarchived.get(batch.shard)
      if (ofShard === undefined) unarchived.set(batch.shard, { batches: [archived], writtenAt })
      else ofShard.batches.push(archived)
      bytes += batch.bytes.length / PACKED_TO
    },
    row(table, row) {
      const line = `${JSON.stringify(row)}\n`
      push(table, Buffer.from(line), fullHash(line))
    },
    lines: (table, lines) => void push(table, lines, fullHash(lines)),
    async maybeFlush(now, isIdle) {
      if (failure !== undefined) throw failure
      if (bytes > limits.holdBytes) await inFlight
      // While one set is being written the next gathers: waiting here would stop the folds for nothing.
      const isDue = bytes >= (isIdle ? limits.idleBytes : limits.flushBytes) || now - lastFlush >= limits.flushMs
      if (writing || !isDue) return
      lastFlush = now
      await flush()
    },
    async drain() {
      await flush()
      await inFlight
      if (failure !== undefined) throw failure
    },
    durable: () => durable,
    isEmpty: () => !writing && bytes === 0 && seen.size === 0,
  }
}
