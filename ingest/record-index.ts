import type { OutgoingBatch } from '../core/event-log.ts'

/** What is known of a record: its newest version. Hashes are 16 hex digits, times UTC milliseconds. */
export interface Head {
  readonly content: string
  readonly version: number
  /** When the version was known: the latest `known` of its observations. */
  readonly known: number
  /** Which parts the version has: bit `i` is the policy's observation `i`. */
  readonly parts: number
  readonly subject: string
}

/** `same`: this very content was admitted before, as the newest version or an earlier one. */
export type Held = Head | 'same' | undefined

export interface RecordKey {
  readonly record: string
  readonly content: string
}

/** To be remembered: the record's newest version, or a content that is not (any more) the newest. */
export type Mark =
  | { readonly feed: string; readonly record: string; readonly head: Head; readonly other?: undefined }
  | { readonly feed: string; readonly record: string; readonly other: string; readonly head?: undefined }

/** Small texts kept beside the index: how far time has come, where a replay stands. `undefined` removes. */
export type Notes = Readonly<Record<string, string | undefined>>

/**
 * Dictionaries kept beside the index, each by its own keys: `bindings` by device, `numbers` by number or name of an
 * enterprise, `identities` by the subject that has become another, `unsettled` by what still has to be carried out.
 */
export type Book = 'bindings' | 'numbers' | 'identities' | 'unsettled'
export type Books = Readonly<Partial<Record<Book, Notes>>>

export interface Commit {
  readonly realm: string
  readonly batches: readonly OutgoingBatch[]
  readonly marks: readonly Mark[]
  readonly notes: Notes
  readonly books?: Books
}

/**
 * Which records have been seen, kept so that what is appended and what is remembered cannot come apart. Where log and
 * index are one store, `commit` is one transaction. Where they are two (Kafka), the index follows the log: a crash
 * between the two appends a record twice, which every fold drops by its id, version and content.
 *
 * One writer per realm and feed at a time: what was looked up must still hold when it is committed.
 * Errors: `Retryable` where log or index cannot be reached or are full.
 */
export interface RecordIndex {
  /** Aligned with `keys`; several keys of one record in one call each get what was held before the call. */
  lookUp(realm: string, feed: string, keys: readonly RecordKey[]): Promise<readonly Held[]>
  /** Durable when it resolves; of marks for one record the last wins. */
  commit(commit: Commit): Promise<void>
  notes(realm: string): Promise<Readonly<Record<string, string>>>
  /** Whether a commit cannot come apart: log and index are one store. */
  readonly isOneStore: boolean
  /** Pages of a book, aligned with `keys`. */
  readBook(realm: string, book: Book, keys: readonly string[]): Promise<readonly (string | undefined)[]>
  /** All of a book: for those that stay small. */
  wholeBook(realm: string, book: Book): Promise<Readonly<Record<string, string>>>
  close(): Promise<void>
}
