import { promisify } from 'node:util'
import { type BrotliOptions, brotliCompress, brotliDecompressSync, constants } from 'node:zlib'
import type { LogBatch } from '../core/event-log.ts'
import { fullHash } from '../core/hash.ts'
import type { RowForm } from '../core/history.ts'

/** The columns of the archive in the order in which `archiveRow` gives them. */
export const ARCHIVE_FORM: RowForm = {
  format: 'TabSeparated',
  columns: [
    'realm',
    'topic',
    'shard',
    'position',
    'first',
    'count',
    'progress',
    'bulk',
    'hash',
    'packing',
    'written',
    'bytes',
  ],
}

const NEWLINE = 0x0a
const BACKSLASH = 0x5c
/** Each byte that tab-separated values cannot carry as it is, with the letter that stands for it. */
const ESCAPES: readonly (readonly [byte: number, letter: number])[] = [
  [NEWLINE, 0x6e],
  [0x09, 0x74],
  [0x0d, 0x72],
  [BACKSLASH, BACKSLASH],
]

/** Lines of the log repeat each other: even the quickest setting leaves a fifth of them, at 300 MB a second. */
export const ARCHIVE_PACKING: BrotliOptions = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 0, [constants.BROTLI_PARAM_LGWIN]: 16 },
}

/** Packs bytes with `ARCHIVE_PACKING`, in whatever time that takes. */
export type Pack = (bytes: Uint8Array) => Promise<Uint8Array>

const compress = promisify(brotliCompress)

/** On a thread of its own: a second of a busy city takes some hundred milliseconds, in which nobody would hear of anything. */
export const packAside: Pack = (bytes) => compress(bytes, ARCHIVE_PACKING)

/** The batches of a shard lie in a row one after the other, each behind a line of JSON that says what it is. */
const FRAMED = 'br-frames'

type Frame = Pick<LogBatch, 'position' | 'count' | 'progress' | 'bulk'> & { readonly length: number }

/** `packing` names how `bytes` is packed; empty where it is not, as in rows of older versions. */
export function unpackArchived(packing: string, bytes: Uint8Array): Uint8Array {
  return packing === '' ? bytes : brotliDecompressSync(bytes)
}

/** The batches of a row, in their order; `undefined` for a row of an older version, which is one batch and says of itself. */
export function framesOf(
  packing: string,
  unpacked: Uint8Array,
): (Frame & { readonly bytes: Uint8Array })[] | undefined {
  if (packing !== FRAMED) return undefined
  const bytes = Buffer.from(unpacked.buffer, unpacked.byteOffset, unpacked.byteLength)
  const frames: (Frame & { readonly bytes: Uint8Array })[] = []
  for (let at = 0; at < bytes.length; ) {
    const from = bytes.indexOf(NEWLINE, at) + 1
    const frame: Frame = JSON.parse(bytes.toString('utf8', at, from))
    at = from + frame.length
    frames.push({ ...frame, bytes: bytes.subarray(from, at) })
  }
  return frames
}

/**
 * Batches of one shard, in their order, as one row of the archive of tab-separated values. Together, as small batches
 * repeat each other and each would cost a compressor of its own. Their bytes are never decoded: as a JSON text they would
 * be read into a string, escaped and written again on the way in, and all of it undone in the store.
 */
export async function archiveRow(batches: readonly LogBatch[], writtenAt: number, pack: Pack): Promise<Uint8Array> {
  const [first] = batches
  const last = batches.at(-1)
  if (first === undefined || last === undefined) throw new RangeError('a row of the archive without a batch')
  const pieces: Uint8Array[] = []
  let count = 0
  for (const { position, count: lines, progress, bulk, bytes } of batches) {
    const frame: Frame = { position, count: lines, progress, bulk, length: bytes.length }
    pieces.push(Buffer.from(`${JSON.stringify(frame)}\n`), bytes)
    count += lines
  }
  const framed = Buffer.concat(pieces)
  const { realm, topic, shard, position } = last
  const bulk = batches.every((batch) => batch.bulk) ? 1 : 0
  const place = [realm, topic, shard, position, first.position]
  const values = [...place, count, '[]', bulk, fullHash(framed), FRAMED, writtenAt]
  const head = Buffer.from(`${values.map((value) => escapeText(String(value))).join('\t')}\t`)
  const body = escapeBytes(await pack(framed))
  const row = Buffer.allocUnsafe(head.length + body.length + 1)
  row.set(head, 0)
  row.set(body, head.length)
  row[row.length - 1] = NEWLINE
  return row
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r')
}

/** Whole stretches are copied: of packed bytes one in sixty needs escaping. */
function escapeBytes(view: Uint8Array): Uint8Array {
  const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength)
  const next = ESCAPES.map(([byte]) => positionOf(bytes, byte, 0))
  let extra = 0
  const found: { readonly at: number; readonly letter: number }[] = []
  for (;;) {
    let least = 0
    for (let i = 1; i < next.length; i++) if ((next[i] ?? 0) < (next[least] ?? 0)) least = i
    const at = next[least] ?? bytes.length
    if (at >= bytes.length) break
    const [byte = 0, letter = 0] = ESCAPES[least] ?? []
    found.push({ at, letter })
    extra += 1
    next[least] = positionOf(bytes, byte, at + 1)
  }
  const escaped = Buffer.allocUnsafe(bytes.length + extra)
  let from = 0
  let to = 0
  for (const { at, letter } of found) {
    to += bytes.copy(escaped, to, from, at)
    escaped[to++] = BACKSLASH
    escaped[to++] = letter
    from = at + 1
  }
  bytes.copy(escaped, to, from)
  return escaped
}

function positionOf(bytes: Buffer, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from)
  return at < 0 ? bytes.length : at
}
