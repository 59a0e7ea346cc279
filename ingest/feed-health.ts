import type { FeedHealth } from '../core/risk.ts'
import { MINUTE_MS } from '../core/time.ts'
import { type Counts, NO_COUNTS } from './counts.ts'

/** What is remembered of a feed to tell how it is. Wall times; UTC milliseconds. */
export interface FeedRecord {
  readonly counts: Counts
  readonly knownUntil: number
  readonly lastReceived: number
  /** Rows by whole minute of wall time, the newest 60. */
  readonly minutes: Readonly<Record<string, number>>
  /** Rejects among the newest rows, falling by half each 1,000 rows: tells a feed that has gone bad. */
  readonly recentRejects: number
  /** Objects that are dropped at the edge, such as faces, by what they are about. */
  readonly dropped?: Readonly<Record<string, number>>
}

const MINUTES_KEPT = 60
/** More than every fifth row unreadable: the feed is malformed, not merely imperfect. */
const MALFORMED_SHARE = 0.2
/** Twice the rhythm late is silence. */
const SILENT_RHYTHMS = 2

export function noteRows(record: FeedRecord | undefined, counts: Counts, known: number, now: number): FeedRecord {
  const minute = String(Math.floor(now / MINUTE_MS))
  const minutes = { ...record?.minutes, [minute]: (record?.minutes[minute] ?? 0) + counts.lines }
  const kept = Object.entries(minutes).filter(([at]) => Number(at) > Number(minute) - MINUTES_KEPT)
  const before = record?.counts
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
  }
}

/** Counts what a feed sent and the edge dropped; a feed that sends nothing else is not silent for that. */
export function noteDropped(
  record: FeedRecord | undefined,
  dropped: Readonly<Record<string, number>>,
  now: number,
): FeedRecord {
  const before = record ?? noteRows(undefined, NO_COUNTS, 0, now)
  const sums: Record<string, number> = { ...before.dropped }
  for (const [what, count] of Object.entries(dropped)) if (count > 0) sums[what] = (sums[what] ?? 0) + count
  return { ...before, lastReceived: now, dropped: sums }
}

/**
 * How a feed is at wall time `now`. Lateness is measured on the realm's clock where that runs by its records
 * (`realmTime`), else on the wall: a simulated day that takes a minute must not look like a day of silence.
 */
export function feedHealth(
  feed: string,
  record: FeedRecord | undefined,
  lateAfterMinutes: number,
  now: number,
  realmTime: number | undefined,
): FeedHealth {
  const minute = Math.floor(now / MINUTE_MS)
  const perMinute = (record?.minutes[minute] ?? 0) + (record?.minutes[minute - 1] ?? 0)
  const rhythm = lateAfterMinutes * MINUTE_MS
  const quiet =
    record === undefined
      ? Number.POSITIVE_INFINITY
      : realmTime === undefined
        ? now - record.lastReceived
        : realmTime - record.knownUntil
  const rows = Math.min(record?.counts.lines ?? 0, 1_500)
  const malformed = rows >= 20 && (record?.recentRejects ?? 0) / rows > MALFORMED_SHARE
  return {
    feed,
    state: malformed ? 'malformed' : quiet > SILENT_RHYTHMS * rhythm ? 'silent' : quiet > rhythm ? 'late' : 'healthy',
    lines: record?.counts.lines ?? 0,
    observations: record?.counts.observations ?? 0,
    versions: record?.counts.versions ?? 0,
    duplicates: record?.counts.duplicates ?? 0,
    rejects: record?.counts.rejects ?? 0,
    knownUntil: record?.knownUntil ?? 0,
    lastReceived: record?.lastReceived ?? 0,
    perMinute: perMinute / 2 >= 1 ? Math.round(perMinute / 2) : perMinute,
    completeness:
      quiet === Number.POSITIVE_INFINITY
        ? 0
        : Math.max(0, Math.min(1000, Math.floor((1000 * rhythm) / Math.max(rhythm, quiet)))),
    ...(record?.dropped === undefined ? {} : { dropped: record.dropped }),
  }
}
