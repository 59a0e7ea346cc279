import type { FeedState } from './risk.ts'
import { SHARDS } from './shard.ts'

/**
 * The log is the truth: append-only streams by topic and shard. The unit of transport is a micro-batch whose bytes are
 * NDJSON and travel untouched from the writer to the history.
 */
export const TOPICS = ['observations', 'rejects', 'aggregates', 'sealed', 'signals', 'decisions', 'notices'] as const
export type Topic = (typeof TOPICS)[number]

/** Topics with one stream for all; the others have one per shard. */
export const UNSHARDED_TOPICS: ReadonlySet<Topic> = new Set<Topic>([
  'rejects',
  'aggregates',
  'sealed',
  'decisions',
  'notices',
])

/**
 * Topics that the world fills: at its bound the log refuses these alone, as what drains it must still be able to write
 * what it found.
 */
export const FED_FROM_OUTSIDE: ReadonlySet<Topic> = new Set<Topic>(['observations', 'rejects'])

/** How many streams a topic has: shards are numbered from 0. */
export function shardCountOf(topic: Topic): number {
  return UNSHARDED_TOPICS.has(topic) ? 1 : SHARDS
}

/** Opaque, ordered as text within one shard of one topic, meaningful to the adapter that gave it. */
export type Position = string

/** Before everything: reading starts at the beginning, which must still be there. */
export const BEGINNING: Position = ''

/** How far time has come in a feed: everything the feed knew up to `until` has been appended before this entry. */
export interface Progress {
  readonly feed: string
  readonly until: number
  /** The feed no longer holds time back. */
  readonly closed: boolean
  /** The feed's state changed: never before what was complete when it was said, so that nothing sealed can hang on it. */
  readonly turned?: FeedTurn
}

export interface FeedTurn {
  readonly to: FeedState
  /** UTC ms of the realm's clock. */
  readonly at: number
}

export interface OutgoingBatch {
  readonly topic: Topic
  readonly realm: string
  readonly shard: number
  /** Lines in `bytes`; may be 0 where only progress is said. */
  readonly count: number
  readonly bytes: Uint8Array
  /** Applies after the lines of this batch. */
  readonly progress: readonly Progress[]
  /** Bulk history: nothing is published as it arrives, only once sealed. */
  readonly bulk: boolean
}

export interface LogBatch extends OutgoingBatch {
  readonly position: Position
}

export interface LogReader {
  /**
   * Batches after what was last returned, each shard in order; waits up to `waitMs` and may return none. Errors: `Refusal`
   * where what was to follow has been trimmed meanwhile: somebody has read it in this reader's place and gone on.
   */
  poll(waitMs: number): Promise<readonly LogBatch[]>
  close(): Promise<void>
}

export interface ReaderOptions {
  readonly topic: Topic
  readonly realm: string
  readonly shards: readonly number[]
  /** Reading starts after this position; a shard that is absent starts with whatever of it is still there. */
  readonly after: ReadonlyMap<number, Position>
  /** Bound on what one poll returns, in bytes (the last batch may exceed it). */
  readonly maxBytes: number
}

/** Errors: `Retryable` when the log cannot be reached, `Retryable` with code `log-full` at its bound. Every append is durable when it resolves. */
export interface EventLog {
  append(batches: readonly OutgoingBatch[]): Promise<readonly Position[]>
  /** Errors: `Refusal` where `after` lies before what was trimmed: what follows it is no longer here. */
  reader(options: ReaderOptions): Promise<LogReader>
  /** Position of the last entry of each shard; absent where the shard is empty. */
  ends(topic: Topic, realm: string): Promise<ReadonlyMap<number, Position>>
  /** Entries at or before `through` may be dropped: they are archived and in a snapshot. */
  trim(topic: Topic, realm: string, shard: number, through: Position): Promise<void>
  /** Bytes held for one topic of one realm, for back-pressure; may be an estimate. */
  heldBytes(topic: Topic, realm: string): Promise<number>
  close(): Promise<void>
}
