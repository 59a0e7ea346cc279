import type { FeedState } from '../core/risk.ts'
import { HOUR_MS } from '../core/time.ts'

/** The state that a feed is held to be in: what the log says of it. */
export interface Standing {
  readonly state: FeedState
  /** Since when, UTC ms of the realm's clock. */
  readonly at: number
  /** It looks better since then, which is not believed yet. */
  readonly betterSince?: number
}

/** What is seen of a feed at one instant. */
export interface Seen {
  /** Nothing came for so long, in the time of its rhythm; Infinity where nothing ever came. */
  readonly quietMs: number
  readonly rhythmMs: number
  /** Share of rejects among its newest rows, 0–1. */
  readonly rejectedShare: number
}

/** More than every fifth row unreadable: the feed is malformed, not merely imperfect; well again below every tenth. */
const MALFORMED_SHARE = 0.2
const MENDED_SHARE = 0.1
/** Twice the rhythm late is silence. */
const SILENT_RHYTHMS = 2
/** What is better must be so for a quarter of the rhythm, an hour at most, before it is believed. */
const SETTLING_SHARE = 0.25
const SETTLING_MOST_MS = HOUR_MS

const GRAVITY: Readonly<Record<FeedState, number>> = { healthy: 0, late: 1, silent: 2, malformed: 3 }

/** The state as it looks at this instant, `before` aside but for where a malformed feed counts as mended. */
export function stateSeen({ quietMs, rhythmMs, rejectedShare }: Seen, before?: FeedState): FeedState {
  if (rejectedShare > (before === 'malformed' ? MENDED_SHARE : MALFORMED_SHARE)) return 'malformed'
  if (quietMs > SILENT_RHYTHMS * rhythmMs) return 'silent'
  return quietMs > rhythmMs ? 'late' : 'healthy'
}

/**
 * What a feed is held to be at `now` (the realm's clock): worse at once, since the limits are patience enough; better
 * only once it has lasted, so that a feed at its limit does not fill the log with its turns.
 */
export function nextStanding(before: Standing | undefined, seen: Seen, now: number): Standing {
  const state = stateSeen(seen, before?.state)
  if (before === undefined) return { state, at: now }
  if (state === before.state) return { state, at: before.at }
  if (GRAVITY[state] > GRAVITY[before.state]) return { state, at: now }
  const betterSince = before.betterSince ?? now
  const settlingMs = Math.min(seen.rhythmMs * SETTLING_SHARE, SETTLING_MOST_MS)
  return now - betterSince >= settlingMs ? { state, at: now } : { state: before.state, at: before.at, betterSince }
}
