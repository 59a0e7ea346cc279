import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import type { LogBatch } from '../core/event-log.ts'
import type { RowForm } from '../core/history.ts'

/** The columns of the archive in the order in which `archiveRow` gives them. */
export const ARCHIVE_FORM: RowForm = {
  format: 'TabSeparated',
  columns: ['realm', 'topic', 'shard', 'position', 'count', 'progress', 'bulk', 'hash', 'packing', 'written', 'bytes'],
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
const QUICK = { params: { [constants.BROTLI_PARAM_QUALITY]: 0, [constants.BROTLI_PARAM_LGWIN]: 16 } }

/** `packing` names how `bytes` is packed; empty where it is not, as in rows of older versions. */
export function unpackArchived(packing: string, bytes: Uint8Array): Uint8Array {
  return packing === '' ? bytes : brotliDecompressSync(bytes)
}

/**
 * One row of the archive as tab-separated values. The bytes of the batch are most of it and are never decoded: as a JSON
 * text they would be read into a string, escaped and written again on the way in, and all of it undone in the store.
 */
export function archiveRow(batch: LogBatch, hash: string, writtenAt: number): Uint8Array {
  const { realm, topic, shard, position, count, progress, bulk } = batch
  const packing = batch.bytes.length === 0 ? '' : 'br'
  const packed = packing === '' ? batch.bytes : brotliCompressSync(batch.bytes, QUICK)
  const values = [
    realm,
    topic,
    shard,
    position,
    count,
    JSON.stringify(progress),
    bulk ? 1 : 0,
    hash,
    packing,
    writtenAt,
  ]
  const head = Buffer.from(`${values.map((value) => escapeText(String(value))).join('\t')}\t`)
  const body = escapeBytes(packed)
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
