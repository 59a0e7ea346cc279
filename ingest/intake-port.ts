import type { Row } from './decode/row.ts'
import type { Standing } from './feed-standing.ts'
import type { Turn } from './feed-turns.ts'
import type { ArrivalReceipt, RowReading } from './ingest-batch.ts'
import type { CompiledFeed } from './mapping/compile-feed.ts'
import type { Commit, Notes } from './record-index.ts'

export interface Submission {
  readonly feed: CompiledFeed
  readonly source: string
  readonly rows: readonly Row[]
  readonly bulk: boolean
  readonly occurrence: (content: string) => number
  readonly reading?: RowReading
  /** Remembered in the commit of these rows: how far their source has been read. */
  readonly notes?: Notes
}

/** What is to be committed beside rows that arrive, and what to do the moment it is. */
export interface Exclusive<Result> {
  readonly commit?: Omit<Commit, 'realm' | 'notes'> & Partial<Pick<Commit, 'notes'>>
  readonly committed?: () => void
  readonly result: Result
}

/** Takes in rows of one realm; whoever submits is answered once it is durable. One of these may run per realm. */
export interface RealmIntake {
  /** Errors: `Retryable`, after which the same rows may be sent again; some of them may then be duplicates. */
  submit(submission: Submission): Promise<ArrivalReceipt>
  /** The feeds (all by default) are complete up to `until`, UTC ms, after all that was submitted before. */
  declare(feeds: readonly string[] | undefined, until: number, closed: boolean): Promise<void>
  /**
   * In its turn, carries out `work` and commits what it gives: nothing else of the realm is committed meanwhile, and what
   * was looked up before is looked up again. Errors: those of `work`, and `Retryable`.
   */
  exclusively<Result>(work: () => Promise<Exclusive<Result>>): Promise<Result>
  /**
   * Says in every shard and to people that feeds have changed their state; durable when it resolves. What was said before
   * is not said again.
   */
  turn(turns: readonly Turn[]): Promise<void>
  /** The states that were said last, by feed. */
  standings(): Promise<ReadonlyMap<string, Standing>>
  /** Lets time pass in a live realm: to be called about once a second. */
  elapse(): Promise<void>
  completeUntil(): Promise<number>
  /** The log holds more than it should: senders have to wait. */
  isPressed(): Promise<boolean>
  /** Resolves when all that was submitted has been answered. */
  settled(): Promise<void>
}
