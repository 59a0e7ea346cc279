import type { Progress } from '../core/event-log.ts'

/** How far time has come in one feed; a closed feed no longer holds its realm back. */
export interface FeedTime {
  /** Everything that the feed knew up to this instant has been appended, UTC ms. */
  readonly until: number
  readonly closed: boolean
}

export type RealmTime = ReadonlyMap<string, FeedTime>

/** What lets time pass in a live realm without a word from its feeds; a realm on event time has none. */
export interface LiveRule {
  /** What a feed knew is taken to have arrived this long after, so that devices may overtake each other, milliseconds. */
  readonly graceMs: number
  /**
   * A feed never holds time back further than this: one that is silent, or sends old records only, is idle, and what it
   * still sends is admitted late. Milliseconds.
   */
  readonly idleAfterMs: number
  /** Time is said at most so often, as every shard gets to hear it; a second by default, milliseconds. */
  readonly sayEveryMs?: number
}

/** A declaration that the feeds are complete up to `until`. Time never goes back; a closed feed may open again. */
export function declare(time: RealmTime, feeds: readonly string[], until: number, closed: boolean): RealmTime {
  const next = new Map(time)
  for (const feed of feeds) next.set(feed, { until: Math.max(until, time.get(feed)?.until ?? 0), closed })
  return next
}

/**
 * Records of a feed have arrived, the newest known at `known`. In a live realm that carries its time along; on event
 * time it only opens the feed: it holds time back until a declaration says how far it has come.
 */
export function arrive(time: RealmTime, feed: string, known: number, now: number, live?: LiveRule): RealmTime {
  const before = time.get(feed)
  const carried = live === undefined ? 0 : Math.max(0, Math.min(known, now) - live.graceMs)
  const until = Math.max(before?.until ?? 0, carried)
  if (before !== undefined && before.until === until) return time
  return new Map(time).set(feed, { until, closed: before?.closed ?? false })
}

/** Wall time has come to `now`: feeds that lag behind it are idle. Nothing passes by itself on event time. */
export function elapse(time: RealmTime, feeds: readonly string[], now: number, live?: LiveRule): RealmTime {
  if (live === undefined) return time
  const next = new Map(time)
  const idleUntil = now - live.idleAfterMs
  for (const feed of feeds) {
    const before = time.get(feed)
    if (before === undefined || (!before.closed && before.until < idleUntil)) {
      next.set(feed, { until: Math.max(idleUntil, 0), closed: false })
    }
  }
  return next
}

/** What `time` has over what was said before, for the log. */
export function unsaid(said: RealmTime, time: RealmTime): readonly Progress[] {
  const news: Progress[] = []
  for (const [feed, { until, closed }] of time) {
    const before = said.get(feed)
    if (before === undefined || before.until !== until || before.closed !== closed) news.push({ feed, until, closed })
  }
  return news
}

/** Up to where the realm is complete: its slowest open feed, or where all are closed the furthest; 0 where none is known. */
export function completeUntil(time: RealmTime): number {
  let open = Number.POSITIVE_INFINITY
  let furthest = 0
  for (const { until, closed } of time.values()) {
    if (!closed) open = Math.min(open, until)
    furthest = Math.max(furthest, until)
  }
  return Number.isFinite(open) ? open : furthest
}

const NOTE_PREFIX = 'progress/'

/** Progress as notes beside the record index, so that a restart goes on where time stood. */
export function toNotes(progress: readonly Progress[]): Record<string, string> {
  const notes: Record<string, string> = {}
  for (const { feed, until, closed } of progress) notes[NOTE_PREFIX + feed] = JSON.stringify({ until, closed })
  return notes
}

export function fromNotes(notes: Readonly<Record<string, string>>): RealmTime {
  const time = new Map<string, FeedTime>()
  for (const [name, text] of Object.entries(notes)) {
    if (!name.startsWith(NOTE_PREFIX)) continue
    const { until, closed }: FeedTime = JSON.parse(text)
    time.set(name.slice(NOTE_PREFIX.length), { until, closed })
  }
  return time
}
