import type { Bilingual } from '../../core/bilingual.ts'
import type { FeedEncoding, FeedFormat } from '../../core/feed-policy.ts'
import type { RejectReason } from '../../core/reject.ts'

/** One record of a file or request, with the place that a data steward finds it again by. */
export type Row = ReadableRow | UnreadableRow

export interface ReadableRow {
  /** 1-based line on which the record begins; in JSON and XML the 1-based number of the record, in Excel its row. */
  readonly line: number
  /** Byte offset of the record's first byte in the file or body; 0 in a workbook. */
  readonly offset: number
  /**
   * The record's bytes as they came, without the line end. A view: copy what outlives the chunk. A row of a workbook has
   * no bytes of its own and is kept as a JSON object, which its format reads as well.
   */
  readonly raw: Uint8Array
  /** Names of `fields`; one array for all rows that share a header. */
  readonly columns: readonly string[]
  readonly fields: Readonly<Record<string, string>>
  /** Those of the fields that came beside the bytes, which alone do not hold them. */
  readonly around?: Readonly<Record<string, string>>
  /** Where it came from, of rows that were gathered from several places. */
  readonly source?: string
  readonly error?: undefined
}

export interface UnreadableRow {
  readonly line: number
  readonly offset: number
  /** Of a line that is too long only its head is kept. */
  readonly raw: Uint8Array
  /** Names in the header above it, where there is one. */
  readonly columns?: readonly string[]
  readonly around?: Readonly<Record<string, string>>
  readonly source?: string
  readonly fields?: undefined
  readonly error: RejectReason
  readonly hint: Bilingual
  /** How its bytes are to be read again, where that is not how the file was to be read. */
  readonly kept?: { readonly format: RowFormat; readonly encoding: 'utf-8' | 'gb18030' }
}

export type RowFormat = FeedFormat

export interface RowOptions {
  /** Overrides the policy's format, as a content type does. */
  readonly format?: RowFormat
  /** Overrides the policy's encoding, as a content type does. */
  readonly encoding?: FeedEncoding
  /** Bound on one record, in bytes: what is longer is rejected and skipped. */
  readonly maxLineBytes?: number
  /** Bound on the nesting of a record of JSON or XML; a flat one is 1. */
  readonly maxDepth?: number
}

/** Takes chunks as they come and gives the rows that are complete; `end` gives what is left. Not reusable. */
export interface RowSplitter {
  push(chunk: Uint8Array): Row[]
  end(): Row[]
}
