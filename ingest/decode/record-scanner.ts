import { isAscii } from 'node:buffer'
import type { Bilingual } from '../../core/bilingual.ts'
import type { RejectReason } from '../../core/reject.ts'
import type { Row, RowSplitter } from './row.ts'

export const LINE_FEED = 0x0a
export const CARRIAGE_RETURN = 0x0d

export interface RowLimits {
  readonly required: readonly string[]
  readonly oneOf?: readonly (readonly string[])[] | undefined
  readonly encoding: 'utf-8' | 'gb18030'
  readonly maxLineBytes: number
  readonly maxDepth: number
}

/** Where a record that begins at `start` ends: at a line feed or at the end of all bytes. */
export type RecordEnd = { readonly at: number } | 'more' | { readonly broken: Bilingual }

export interface RecordFormat {
  /** `more`: it does not end within these bytes. Asked again with more bytes, unless `final`. */
  findEnd(bytes: Buffer, start: number, final: boolean): RecordEnd
  /** A record may hold line feeds. */
  readonly spansLines: boolean
  /** `text`: of the bytes, where it is known. `undefined`: the record is not a row (a header). */
  toRow(raw: Buffer, offset: number, line: number, text: string | undefined): Row | undefined
  /** Names in the header that was read, for a record that cannot be read under it. */
  columns?(): readonly string[] | undefined
}

/**
 * Cuts a stream into records that end with a line feed, holding at most one unfinished record. Neither UTF-8 nor
 * GB 18030 uses the bytes below 0x30 inside a character, so line feeds, commas and quotes are found before decoding.
 */
export function createRecordScanner(format: RecordFormat, maxLineBytes: number): RowSplitter {
  let held: Uint8Array[] = []
  let heldBytes = 0
  let offset = 0
  let line = 1
  let started = false
  /** Inside a line that was already rejected for its length. */
  let skipping = false

  function take(): Buffer {
    const [only] = held
    const bytes =
      held.length === 1 && only !== undefined
        ? Buffer.from(only.buffer, only.byteOffset, only.byteLength)
        : Buffer.concat(held)
    held = []
    heldBytes = 0
    if (started) return bytes
    started = true
    const mark = byteOrderMark(bytes)
    offset += mark
    return bytes.subarray(mark)
  }

  function scan(bytes: Buffer, final: boolean): Row[] {
    const rows: Row[] = []
    // Of ASCII every byte is a character: it is decoded once for all records.
    const text = isAscii(bytes) ? bytes.toString('latin1') : undefined
    let start = 0
    while (start < bytes.length) {
      if (skipping) {
        const feed = bytes.indexOf(LINE_FEED, start)
        if (feed < 0) {
          start = bytes.length
          break
        }
        skipping = false
        start = feed + 1
        line++
        continue
      }
      const end = format.findEnd(bytes, start, final)
      if (end === 'more' && !final && bytes.length - start <= maxLineBytes) break
      const at = typeof end === 'object' && 'at' in end ? end.at : -1
      if (at >= 0 && at - start <= maxLineBytes) {
        const stop = withoutReturn(bytes, start, at)
        const raw = bytes.subarray(start, stop)
        const row = stop === start ? undefined : format.toRow(raw, offset + start, line, text?.slice(start, stop))
        const inside = format.spansLines ? countFeeds(bytes, start, at) : 0
        if (inside === 0 || row?.error === undefined) {
          if (row !== undefined) rows.push(row)
          line += inside + 1
          start = at + 1
          continue
        }
      }
      // What cannot be read as a record costs its first line only: a stray quote must not swallow the lines after it.
      const feed = bytes.indexOf(LINE_FEED, start)
      const stop = feed < 0 ? bytes.length : feed
      const raw = bytes.subarray(start, withoutReturn(bytes, start, stop))
      if (stop - start > maxLineBytes) {
        rows.push(
          unreadable(
            raw.subarray(0, maxLineBytes),
            offset + start,
            line,
            'line-too-long',
            { zh: `超过 ${maxLineBytes} 字节`, en: `longer than ${maxLineBytes} bytes` },
            format.columns?.(),
          ),
        )
        skipping = feed < 0
        if (!skipping) line++
      } else {
        const hint =
          typeof end === 'object' && 'broken' in end
            ? end.broken
            : {
                zh: '引号打开后,直到记录可能结束处都没有闭合',
                en: 'a quote is opened and not closed where a record could end',
              }
        rows.push(unreadable(raw, offset + start, line, 'unreadable-line', hint, format.columns?.()))
        line++
      }
      start = feed < 0 ? bytes.length : feed + 1
    }
    if (start < bytes.length) {
      held = [bytes.subarray(start)]
      heldBytes = bytes.length - start
    }
    offset += start
    return rows
  }

  return {
    push(chunk) {
      if (chunk.length === 0) return []
      held.push(chunk)
      heldBytes += chunk.length
      // Without a line feed there is nothing to cut: small chunks of a long line are joined once, not at each arrival.
      if (chunk.indexOf(LINE_FEED) < 0 && heldBytes <= maxLineBytes + 4) return []
      return scan(take(), false)
    },
    end() {
      return heldBytes === 0 ? [] : scan(take(), true)
    },
  }
}

export function unreadable(
  raw: Uint8Array,
  offset: number,
  line: number,
  error: RejectReason,
  hint: Bilingual,
  columns?: readonly string[],
): Row {
  return columns === undefined ? { line, offset, raw, error, hint } : { line, offset, raw, error, hint, columns }
}

/** Length of a byte order mark of UTF-8 or GB 18030 at the beginning. */
export function byteOrderMark(bytes: Uint8Array): number {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 3
  return bytes[0] === 0x84 && bytes[1] === 0x31 && bytes[2] === 0x95 && bytes[3] === 0x33 ? 4 : 0
}

function withoutReturn(bytes: Buffer, start: number, stop: number): number {
  return stop > start && bytes[stop - 1] === CARRIAGE_RETURN ? stop - 1 : stop
}

function countFeeds(bytes: Buffer, start: number, stop: number): number {
  let count = 0
  for (let at = bytes.indexOf(LINE_FEED, start); at >= 0 && at < stop; at = bytes.indexOf(LINE_FEED, at + 1)) count++
  return count
}
