import { createTextDecoder } from './decode-text.ts'
import { createHeadedFile, type HeadedFile } from './headed-file.ts'
import { headerFault } from './header.ts'
import {
  CARRIAGE_RETURN,
  createRecordScanner,
  LINE_FEED,
  type RecordEnd,
  type RowLimits,
  unreadable,
} from './record-scanner.ts'
import type { Row, RowSplitter } from './row.ts'

const QUOTE = 0x22
const COMMA = 0x2c

/**
 * RFC 4180 with a header line. Written here because rows must keep their exact bytes, offset and line, and because one
 * bad line must cost one row: csv-parse gives none of the first three for skipped records and reads 3 times slower.
 * A quote inside an unquoted field is text, as spreadsheets write it.
 */
export function createCsvSplitter(limits: RowLimits): RowSplitter {
  const decode = createTextDecoder(limits.encoding)
  let columns: readonly string[] | undefined
  /** Where no row of this file can be mapped. */
  let headed: HeadedFile | undefined
  /** Position of the next quote at or after the record being cut, in the bytes last seen. */
  let quoteBytes: Buffer | undefined
  let quoteAt = -1

  function nextQuote(bytes: Buffer, from: number): number {
    if (quoteBytes !== bytes || quoteAt < from) {
      const found = bytes.indexOf(QUOTE, from)
      quoteBytes = bytes
      quoteAt = found < 0 ? bytes.length : found
    }
    return quoteAt
  }

  function findEnd(bytes: Buffer, start: number, final: boolean): RecordEnd {
    const found = bytes.indexOf(LINE_FEED, start)
    if (found < 0 && !final) return 'more'
    const feed = found < 0 ? bytes.length : found
    return nextQuote(bytes, start) >= feed ? { at: feed } : findQuotedEnd(bytes, start, feed, final)
  }

  function takeHeader(raw: Buffer, offset: number, line: number): void {
    columns = splitRecord(decode(raw) ?? '').map((name) => name.trim())
    const fault = headerFault(columns, limits)
    // A file without a header would lose its first row in silence.
    if (fault !== undefined) headed = createHeadedFile({ raw, offset, line }, fault)
  }

  function toRow(raw: Buffer, offset: number, line: number, known: string | undefined): Row | undefined {
    if (columns === undefined) {
      takeHeader(raw, offset, line)
      return undefined
    }
    if (headed !== undefined) return { line, offset, raw, columns: [], fields: {} }
    const text = known ?? decode(raw)
    if (text === undefined)
      return unreadable(
        raw,
        offset,
        line,
        'unreadable-line',
        { zh: `不是有效的 ${limits.encoding} 编码`, en: `not valid ${limits.encoding}` },
        columns,
      )
    const values = splitRecord(text)
    if (values.length !== columns.length) {
      const hint = {
        zh: `有 ${values.length} 个值,而表头有 ${columns.length} 列`,
        en: `${values.length} values under ${columns.length} columns`,
      }
      return unreadable(raw, offset, line, 'wrong-columns', hint, columns)
    }
    const fields: Record<string, string> = {}
    for (let i = columns.length - 1; i >= 0; i--) fields[columns[i] ?? ''] = values[i] ?? ''
    return { line, offset, raw, columns, fields }
  }

  /** What stands under a header that does not fit is a line of the file, whatever else is wrong with it. */
  function underHeader(rows: Row[]): Row[] {
    if (headed === undefined) return rows
    const { take } = headed
    // Of a line that is too long the rest is lost: it is a reject of its own.
    return rows.flatMap((row) => (row.error === 'line-too-long' ? [row] : take(row)))
  }

  const format = { findEnd, spansLines: true, toRow, columns: () => columns }
  const scanner = createRecordScanner(format, limits.maxLineBytes)
  return {
    push: (chunk) => underHeader(scanner.push(chunk)),
    end: () => [...underHeader(scanner.end()), ...(headed?.end() ?? [])],
  }
}

/** From the record's start, with a quote before its first line feed. */
function findQuotedEnd(bytes: Buffer, start: number, firstFeed: number, final: boolean): RecordEnd {
  let at = start
  let feed = firstFeed
  for (;;) {
    if (feed < at) {
      const found = bytes.indexOf(LINE_FEED, at)
      if (found < 0 && !final) return 'more'
      feed = found < 0 ? bytes.length : found
    }
    const quote = bytes.indexOf(QUOTE, at)
    if (quote < 0 || quote >= feed) return { at: feed }
    at = quote + 1
    if (quote !== start && bytes[quote - 1] !== COMMA) continue
    for (;;) {
      const close = bytes.indexOf(QUOTE, at)
      if (close < 0)
        return final ? { broken: { zh: '引号没有闭合', en: 'a quote is opened and never closed' } } : 'more'
      if (close + 1 >= bytes.length && !final) return 'more'
      at = close + 1
      if (bytes[at] !== QUOTE) break
      at++
    }
    const after = bytes[at]
    if (after === CARRIAGE_RETURN && at + 1 >= bytes.length && !final) return 'more'
    const ends = at >= bytes.length || after === COMMA || after === LINE_FEED
    const returns = after === CARRIAGE_RETURN && (at + 1 >= bytes.length || bytes[at + 1] === LINE_FEED)
    if (!ends && !returns) return { broken: { zh: '闭合引号之后还有文字', en: 'text follows a closing quote' } }
  }
}

/** Values of a record whose quotes are known to be closed. */
function splitRecord(text: string): string[] {
  if (!text.includes('"')) return text.split(',')
  const values: string[] = []
  let at = 0
  for (;;) {
    let stop: number
    if (text.charCodeAt(at) === QUOTE) {
      let close = text.indexOf('"', at + 1)
      let doubled = false
      while (text.charCodeAt(close + 1) === QUOTE) {
        doubled = true
        close = text.indexOf('"', close + 2)
      }
      const value = text.slice(at + 1, close)
      values.push(doubled ? value.replaceAll('""', '"') : value)
      stop = close + 1
    } else {
      const comma = text.indexOf(',', at)
      stop = comma < 0 ? text.length : comma
      values.push(text.slice(at, stop))
    }
    if (stop >= text.length) return values
    at = stop + 1
  }
}
