/** One cell policy's counts of one period, all shards together; keys are the policy's `by` values joined with `|`. */
export type CellCounts = Readonly<Record<string, number>>

/** What corrections change of a period that is sealed: differences to all that was said of it before. */
export interface RestatedPeriod {
  /** Start and end of the period that is corrected. */
  readonly start: number
  readonly end: number
  /** What is to be added, below 0 where less was counted in truth; never 0. */
  readonly counts: Readonly<Record<string, CellCounts>>
  /** `cell id/key` → examples of what counts there now, as in a period. */
  readonly examples: Readonly<Record<string, readonly (readonly [string, string])[]>>
  /** `cell id/key` → observations that count there no longer, those that could be examples. */
  readonly gone: Readonly<Record<string, readonly string[]>>
}

/** What was counted in one shard over one period: an entry of `aggregates`. */
export interface PartialPeriod {
  readonly realm: string
  readonly shard: number
  /** Where the realm's lockstep begins: what was counted before it takes effect two periods after it. */
  readonly origin: number
  /** Start and end of the period, UTC ms; the end is exclusive. */
  readonly start: number
  readonly end: number
  /** By cell policy id. */
  readonly counts: Readonly<Record<string, CellCounts>>
  /** `cell id/key` → at most 5 examples, smallest observation ids first: [observation, enterprise]. */
  readonly examples: Readonly<Record<string, readonly (readonly [string, string])[]>>
  /** Owner key → [enterprise, own risk] of its members that changed in the period. */
  readonly ties: Readonly<Record<string, readonly (readonly [string, number])[]>>
  /** Older periods that corrections of this one change, oldest first; absent where none is. */
  readonly restated?: readonly RestatedPeriod[]
}

/** A period with all 64 shards in: an entry of `sealed`. In force from `effective`: one period after its end, or later. */
export interface SealedPeriod {
  readonly realm: string
  readonly start: number
  readonly end: number
  readonly effective: number
  readonly counts: Readonly<Record<string, CellCounts>>
  /** Gravest cells' examples as in the partials, merged, at most 20 a cell. */
  readonly examples: Readonly<Record<string, readonly (readonly [string, string])[]>>
  /** Owner key → the (at most 3) riskiest members. */
  readonly ties: Readonly<Record<string, readonly (readonly [string, number])[]>>
  /** Older periods as corrections of this one have them, oldest first, in force with it; absent where none is changed. */
  readonly restated?: readonly RestatedPeriod[]
  /** The last period under its policy: from `effective` on another one's scores are the realm's. */
  readonly activates?: PolicyHandover
}

export interface PolicyHandover {
  /** Hash of the policy that takes over. */
  readonly policy: string
  /** Ids of the entries of `decisions` that staged and wanted it. */
  readonly staged: string
  readonly activation: string
}
