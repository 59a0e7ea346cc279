import { createTextDecoder } from './decode-text.ts'
import { createJsonRowReader } from './json-row.ts'
import { byteOrderMark, type RowLimits, unreadable } from './record-scanner.ts'
import type { Row, RowSplitter } from './row.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * `[record, …]` or `{"rows": [record, …]}`, record by record: the body is never parsed as a whole. A record that is no
 * JSON costs itself alone as long as its quotes and brackets pair up; a body cut short costs its last record.
 */
export function createJsonSplitter(limits: RowLimits): RowSplitter {
  const readJsonRow = createJsonRowReader(limits, createTextDecoder(limits.encoding))
  let held: Buffer = Buffer.alloc(0)
  let heldOffset = 0
  let started = false
  let depth = 0
  let inString = false
  let escaped = false
  /** Depth at which records stand: 1 in an array, 2 under `rows`; 0 until it is known. */
  let base = 0
  let done = false
  let count = 0
  /** Absolute offset of the record being read, or -1. */
  let recordAt = -1
  /** The record passed the bound: only its end is looked for. */
  let skipping = false
  /** Absolute offsets of the last string at depth 1 of an object: a key. */
  let keyFrom = -1
  let keyTo = -1
  let keyIsRows = false
  /** Where the search for a list ended. */
  let faultEnd = Number.POSITIVE_INFINITY
  /** Absolute offset behind the list. */
  let doneAt = 0

  function scan(bytes: Buffer, from: number, rows: Row[]): void {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at]
      const place = heldOffset + at
      if (inString) {
        if (escaped) escaped = false
        else if (byte === BACKSLASH) escaped = true
        else if (byte === QUOTE) {
          inString = false
          keyTo = place
        }
      } else if (byte === QUOTE) {
        inString = true
        if (base === 0) keyFrom = place
        begin(place)
      } else if (byte === COLON) {
        if (base === 0 && depth === 1) keyIsRows = isRowsKey(bytes)
        begin(place)
      } else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
        if (base === 0 && byte === OPEN_BRACKET && (depth === 0 || (depth === 1 && keyIsRows))) base = depth + 1
        else begin(place)
        depth++
      } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
        if (base > 0 && depth === base && byte === CLOSE_BRACKET) {
          finish(bytes, place, rows)
          done = true
          doneAt = place + 1
          return
        }
        if (base > 0 && depth === base) begin(place)
        else depth--
        if (depth < 0) {
          giveUp(place + 1)
          return
        }
      } else if (byte === COMMA) {
        if (depth === base) finish(bytes, place, rows)
      } else if (!isBlank(byte)) begin(place)
      if (base === 0 && depth === 0 && !isBlank(byte)) {
        giveUp(place + 1)
        return
      }
      if (base === 0 && place + 1 >= limits.maxLineBytes) {
        giveUp(place + 1)
        return
      }
      if (recordAt >= 0 && !skipping && place - recordAt >= limits.maxLineBytes) overflow(bytes, rows)
    }
  }

  function begin(place: number): void {
    if (base > 0 && depth === base && recordAt < 0) recordAt = place
  }

  function isRowsKey(bytes: Buffer): boolean {
    return keyFrom >= 0 && bytes.toString('latin1', keyFrom - heldOffset, keyTo - heldOffset + 1) === '"rows"'
  }

  function overflow(bytes: Buffer, rows: Row[]): void {
    skipping = true
    count++
    const start = recordAt - heldOffset
    const head = bytes.subarray(start, start + limits.maxLineBytes)
    rows.push(
      unreadable(head, recordAt, count, 'line-too-long', {
        zh: `超过 ${limits.maxLineBytes} 字节`,
        en: `longer than ${limits.maxLineBytes} bytes`,
      }),
    )
  }

  function finish(bytes: Buffer, end: number, rows: Row[]): void {
    if (recordAt >= 0 && !skipping) {
      count++
      const raw = trimEnd(bytes.subarray(recordAt - heldOffset, end - heldOffset))
      rows.push(readJsonRow(raw, recordAt, count))
    }
    recordAt = -1
    skipping = false
  }

  /** After a bare list nothing may come: a second list would be lost in silence. After `rows` come other members. */
  function holdTail(bytes: Buffer): void {
    const from = held.length > 0 ? 0 : bytes.findIndex((byte) => !isBlank(byte))
    if (base !== 1 || from < 0) {
      heldOffset += bytes.length
      return
    }
    if (held.length === 0) heldOffset += from
    held = Buffer.concat([held, bytes.subarray(from)]).subarray(0, limits.maxLineBytes)
  }

  /** No list was found where one must begin. */
  function giveUp(place: number): void {
    done = true
    faultEnd = place
  }

  /** Bytes that are still needed: the record being read, or everything while no list has been found. */
  function hold(bytes: Buffer): void {
    if (done && base > 0) {
      const rest = bytes.subarray(doneAt - heldOffset)
      heldOffset = doneAt
      held = Buffer.alloc(0)
      holdTail(rest)
      return
    }
    const end = heldOffset + bytes.length
    const wanted = base === 0 ? heldOffset : recordAt >= 0 && !skipping ? recordAt : end
    held = bytes.subarray(wanted - heldOffset)
    heldOffset = wanted
  }

  return {
    push(chunk) {
      const rows: Row[] = []
      if (chunk.length === 0) return rows
      if (done) {
        if (base > 0) holdTail(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
        return rows
      }
      const before = held.length
      const bytes =
        before === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([held, chunk])
      if (!started && bytes.length < 4) {
        held = bytes
        return rows
      }
      const from = started ? before : byteOrderMark(bytes)
      started = true
      scan(bytes, from, rows)
      hold(bytes)
      return rows
    },
    end() {
      const rows: Row[] = []
      if (!started && held.length > 0) {
        const bytes = held
        started = true
        scan(bytes, byteOrderMark(bytes), rows)
        hold(bytes)
      }
      if (done && base === 1 && held.length > 0) {
        rows.push(
          unreadable(trimEnd(held), heldOffset, count + 1, 'unreadable-line', {
            zh: '列表在此之前已经结束',
            en: 'the list has ended before this',
          }),
        )
      }
      if (!started || (done && base > 0) || skipping) return rows
      const hint =
        base === 0
          ? { zh: '既不是记录列表,也不是 {"rows": [...]}', en: 'neither a list of records nor {"rows": [...]}' }
          : recordAt >= 0
            ? { zh: '正文在本条记录中途结束', en: 'the body ends inside this record' }
            : { zh: '正文在列表结束之前就结束了', en: 'the body ends before its list does' }
      const raw = base === 0 ? held.subarray(0, faultEnd) : held
      rows.push(unreadable(raw, heldOffset, count + 1, 'unreadable-line', hint))
      return rows
    },
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function trimEnd(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && (bytes[end - 1] ?? 0) <= 0x20) end--
  return bytes.subarray(0, end)
}
