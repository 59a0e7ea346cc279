/** What one indicator says of one enterprise at one instant. */
export interface Signal {
  readonly indicator: string
  /** 0–1000: how much of the indicator's weight is in force. */
  readonly intensity: number
  /** In the indicator's own measure, as text with its unit left to the policy. */
  readonly measure: string
  /** Points of the risk that it accounts for; the contributions add up to the risk. */
  readonly points: number
  readonly evidence: readonly string[]
}

/** A change point: the risk of one enterprise from `effective` until the next one. */
export interface RiskPoint {
  readonly realm: string
  readonly enterprise: string
  /** As registered; empty where no registration has come. */
  readonly name: string
  /** The sealed tick from which it holds, UTC milliseconds. */
  readonly effective: number
  /** 0–1000 out of all signals. */
  readonly risk: number
  /** 0–1000 without what came from ties to others: what others inherit. */
  readonly own: number
  /** 0–1000 out of verified findings and decisions alone. */
  readonly basis: number
  readonly class: 'A' | 'B' | 'C' | 'D'
  readonly district: string
  readonly industry: string
  readonly signals: readonly Signal[]
  /** Counts how often the enterprise's past was rebuilt: a later revision replaces the point of the same `effective`. */
  readonly revision: number
  /**
   * The sealed tick at which this was said, UTC ms: `effective` itself, or for a rebuilt point the first tick that knew of
   * the correction. What was known at an instant K are the points recorded at or before K.
   */
  readonly recorded: number
  /** 1: a rebuild found no change here after all; the point is void. */
  readonly removed: 0 | 1
  /** Hash of the policy that made it. */
  readonly policy: string
  /** Hash over all of the above, save how often and when it was said: what a receipt proves. */
  readonly receipt: string
}

export type WarningLevel = 'blue' | 'yellow' | 'orange' | 'red'

/** Totals of one shard, kept so that a board adds 64 documents instead of asking history. */
export interface ShardView {
  readonly shard: number
  readonly sealedUntil: number
  readonly enterprises: number
  /** `district|industry` → [enterprises, sum of risk, at yellow or worse]. */
  readonly cells: Readonly<Record<string, readonly [number, number, number]>>
  readonly classes: Readonly<Record<'A' | 'B' | 'C' | 'D', number>>
  readonly levels: Readonly<Record<WarningLevel | 'none', number>>
  /** The shard's steepest rises over the last day, at most 20. */
  readonly risers: readonly Riser[]
}

export interface Riser {
  readonly enterprise: string
  readonly name: string
  readonly district: string
  readonly industry: string
  readonly risk: number
  readonly rise: number
  readonly cause: string
}

/** In any state but `healthy` nothing can be told from what the feed does not say. */
export type FeedState = 'healthy' | 'late' | 'silent' | 'malformed'

export interface FeedHealth {
  readonly feed: string
  readonly state: FeedState
  readonly lines: number
  readonly observations: number
  readonly versions: number
  readonly duplicates: number
  readonly rejects: number
  /** Newest instant known by the feed, UTC ms of the realm's clock. */
  readonly knownUntil: number
  /** Wall time of the last row, UTC ms. */
  readonly lastReceived: number
  /** Rows that came in the last minute of wall time. */
  readonly perMinute: number
  /** Share of the newest spans of its rhythm in which something came, 0–1000. */
  readonly completeness: number
  /** Share of acts that became public by the time that law sets, 0–1000; absent where it brought none. */
  readonly onTime?: number
  /** What was dropped at the edge and never stored, by what it was about: `faces`, `persons`. Absent where nothing was. */
  readonly dropped?: Readonly<Record<string, number>>
}
