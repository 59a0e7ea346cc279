import type { FeedHealth } from '../core/risk.ts'
import { MINUTE_MS } from '../core/time.ts'
import { type Counts, NO_COUNTS } from './counts.ts'
import type { FeedRhythm } from './feed-rhythm.ts'
import type { Seen, Standing } from './feed-standing.ts'

/** What is remembered of a feed to tell how it is. Wall times; UTC milliseconds. */
export interface FeedRecord {
  readonly counts: Counts
  readonly knownUntil: number
  readonly lastReceived: number
  /** Rows by whole minute of wall time, the newest 60. */
  readonly minutes: Readonly<Record<string, number>>
  /** Rejects among the newest rows, falling by half each 1,000 rows: tells a feed that has gone bad. */
  readonly recentRejects: number
  /** The first span of its rhythm in which something came, and the newest such; absent in older records. */
  readonly spans?: { readonly first: number; readonly met: readonly number[] }
  /** Acts that a law gives a time to become public, and how many of them did in time; absent where there were none. */
  readonly publicity?: { readonly acts: number; readonly onTime: number }
  /** Objects that are dropped at the edge, such as faces, by what they are about. */
  readonly dropped?: Readonly<Record<string, number>>
}

const MINUTES_KEPT = 60
/** Completeness looks at so many spans of the rhythm. */
const SPANS_KEPT = 30
const NO_ACTS = { acts: 0, onTime: 0 }

/** What came at one time. */
export interface Came {
  readonly counts: Counts
  /** The newest instant that became known by it; 0 where nothing was admitted. */
  readonly known: number
  readonly publicity: { readonly acts: number; readonly onTime: number }
}

/** `spans`: those of its rhythm in which something came, at least one. */
export function noteRows(
  record: FeedRecord | undefined,
  { counts, known, publicity }: Came,
  now: number,
  spans: readonly number[],
): FeedRecord {
  const minute = String(Math.floor(now / MINUTE_MS))
  const minutes = { ...record?.minutes, [minute]: (record?.minutes[minute] ?? 0) + counts.lines }
  const kept = Object.entries(minutes).filter(([when]) => Number(when) > Number(minute) - MINUTES_KEPT)
  const before = record?.counts
  const acts = record?.publicity ?? NO_ACTS
  return {
    ...(record?.dropped === undefined ? {} : { dropped: record.dropped }),
    counts: {
      lines: (before?.lines ?? 0) + counts.lines,
      observations: (before?.observations ?? 0) + counts.observations,
      versions: (before?.versions ?? 0) + counts.versions,
      duplicates: (before?.duplicates ?? 0) + counts.duplicates,
      rejects: (before?.rejects ?? 0) + counts.rejects,
    },
    knownUntil: Math.max(record?.knownUntil ?? 0, known),
    lastReceived: now,
    minutes: Object.fromEntries(kept),
    recentRejects: (record?.recentRejects ?? 0) * 0.5 ** (counts.lines / 1_000) + counts.rejects,
    spans: noteSpans(record?.spans, spans),
    publicity: { acts: acts.acts + publicity.acts, onTime: acts.onTime + publicity.onTime },
  }
}

/** Counts what a feed sent and the edge dropped; a feed that sends nothing else is not silent for that. `at`: the realm's clock. */
export function noteDropped(
  record: FeedRecord | undefined,
  dropped: Readonly<Record<string, number>>,
  now: number,
  at: number,
  rhythm: FeedRhythm,
): FeedRecord {
  const before = noteRows(record, { counts: NO_COUNTS, known: 0, publicity: NO_ACTS }, now, [rhythm.span(at)])
  const sums: Record<string, number> = { ...before.dropped }
  for (const [what, count] of Object.entries(dropped)) if (count > 0) sums[what] = (sums[what] ?? 0) + count
  return { ...before, dropped: sums }
}

function noteSpans(before: FeedRecord['spans'], spans: readonly number[]): NonNullable<FeedRecord['spans']> {
  const met = [...new Set([...(before?.met ?? []), ...spans])].sort((one, other) => one - other)
  return { first: Math.min(before?.first ?? Number.POSITIVE_INFINITY, ...met), met: met.slice(-SPANS_KEPT) }
}

/**
 * What is seen of a feed. Lateness is measured on the realm's clock where that runs by its records (`realmTime`), else
 * on the wall: a simulated day that takes a minute must not look like a day of silence.
 */
export function seenOf(
  record: FeedRecord | undefined,
  rhythm: FeedRhythm,
  now: number,
  realmTime: number | undefined,
): Seen {
  const rows = Math.min(record?.counts.lines ?? 0, 1_500)
  return {
    quietMs:
      record === undefined
        ? Number.POSITIVE_INFINITY
        : realmTime === undefined
          ? rhythm.passed(record.lastReceived, now)
          : rhythm.passed(record.knownUntil, realmTime),
    rhythmMs: rhythm.ms,
    rejectedShare: rows < 20 ? 0 : (record?.recentRejects ?? 0) / rows,
  }
}

/** A feed as pages and commands show it. `at`: the realm's clock. */
export function feedHealth(
  feed: string,
  record: FeedRecord | undefined,
  standing: Standing,
  rhythm: FeedRhythm,
  now: number,
  at: number,
): FeedHealth {
  const minute = Math.floor(now / MINUTE_MS)
  const perMinute = (record?.minutes[minute] ?? 0) + (record?.minutes[minute - 1] ?? 0)
  const { acts, onTime } = record?.publicity ?? NO_ACTS
  return {
    feed,
    state: standing.state,
    lines: record?.counts.lines ?? 0,
    observations: record?.counts.observations ?? 0,
    versions: record?.counts.versions ?? 0,
    duplicates: record?.counts.duplicates ?? 0,
    rejects: record?.counts.rejects ?? 0,
    knownUntil: record?.knownUntil ?? 0,
    lastReceived: record?.lastReceived ?? 0,
    perMinute: perMinute / 2 >= 1 ? Math.round(perMinute / 2) : perMinute,
    completeness: completeness(record?.spans, rhythm.span(at)),
    ...(acts === 0 ? {} : { onTime: Math.floor((1000 * onTime) / acts) }),
    ...(record?.dropped === undefined ? {} : { dropped: record.dropped }),
  }
}

/**
 * Share of the newest whole spans of the rhythm, 30 at most, in which something came, 0–1000. The span that is running
 * counts only once something has come in it: it is not over.
 */
function completeness(spans: FeedRecord['spans'], running: number): number {
  if (spans === undefined) return 0
  const met = spans.met.filter((span) => span <= running && span > running - SPANS_KEPT).length
  const from = Math.max(spans.first, running - SPANS_KEPT + 1)
  const expected = running - from + (spans.met.includes(running) ? 1 : 0)
  return expected <= 0 ? 1000 : Math.floor((1000 * met) / expected)
}
