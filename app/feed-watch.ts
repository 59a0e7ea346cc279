import { createWorkCalendar } from '../core/calendar.ts'
import type { FeedPolicy } from '../core/feed-policy.ts'
import type { Present } from '../core/present.ts'
import { createPublicity } from '../core/publication.ts'
import type { Clock } from '../core/time.ts'
import { type FeedRecord, feedHealth, noteDropped, noteRows, seenOf } from '../ingest/feed-health.ts'
import { type FeedRhythm, feedRhythm } from '../ingest/feed-rhythm.ts'
import { nextStanding, type Standing } from '../ingest/feed-standing.ts'
import type { Turn } from '../ingest/feed-turns.ts'
import type { ArrivalReceipt, FreshRows } from '../ingest/ingest-batch.ts'
import type { RealmIntake } from '../ingest/intake-port.ts'
import { knownTimes, observationsOf } from '../ingest/packed-row.ts'
import type { PolicySet } from './policies.ts'

/** Watches one realm's feeds: how each is, told to the present; and where its state changes, told to the log. */
export interface FeedWatch {
  note(feed: string, receipt: ArrivalReceipt, fresh: FreshRows): void
  /** What the edge dropped of what a feed sent, by what it was about. */
  dropped(feed: string, dropped: Readonly<Record<string, number>>): void
  /** To be called about once a second. */
  look(intake: Pick<RealmIntake, 'turn' | 'standings' | 'completeUntil'>): Promise<void>
}

export async function createFeedWatch(
  present: Present,
  set: Pick<PolicySet, 'realm' | 'feeds'>,
  clock: Clock,
): Promise<FeedWatch> {
  const { realm, zoneOffsetMinutes } = set.realm
  const isLive = set.realm.clock === 'live'
  const calendar = createWorkCalendar(set.realm.calendar, zoneOffsetMinutes)
  const publicityOf = createPublicity(set.realm)
  const rhythms = new Map<string, FeedRhythm>(
    [...set.feeds].map(([feed, policy]) => [feed, feedRhythm(policy, calendar)]),
  )
  /** Feeds whose records may say when they were decided: what a law gives a time to become public. */
  const acts = new Set([...set.feeds.values()].filter(bringsActs).map(({ feed }) => feed))
  const records = new Map<string, FeedRecord>()
  const dirty = new Set<string>()
  let standings: Map<string, Standing> | undefined
  for (const [key, text] of Object.entries(await present.read(realm, 'receipts'))) {
    if (key.startsWith('feed ')) records.set(key.slice(5), JSON.parse(text))
  }

  return {
    note(feed, { counts, known }, fresh) {
      const rhythm = rhythms.get(feed)
      if (rhythm === undefined) return
      const now = clock.now()
      const measured = (acts.has(feed) ? fresh.flatMap(observationsOf) : [])
        .map(publicityOf)
        .filter((one) => one !== undefined)
      const publicity = { acts: measured.length, onTime: measured.filter(({ onTime }) => onTime).length }
      const before = records.get(feed)
      // Where time runs by the records, what comes in bulk came when it became known, not all of it with its last row.
      const cameAt = isLive ? [now] : [Math.max(known, before?.knownUntil ?? 0), ...fresh.flatMap(knownTimes)]
      const spans = [...new Set(cameAt.map(rhythm.span))]
      records.set(feed, noteRows(before, { counts, known, publicity }, now, spans))
      dirty.add(feed)
    },

    dropped(feed, dropped) {
      const rhythm = rhythms.get(feed)
      if (rhythm === undefined) return
      const now = clock.now()
      const before = records.get(feed)
      records.set(feed, noteDropped(before, dropped, now, isLive ? now : (before?.knownUntil ?? 0), rhythm))
      dirty.add(feed)
    },

    async look(intake) {
      standings ??= new Map(await intake.standings())
      const now = clock.now()
      const realmTime = isLive ? undefined : await intake.completeUntil()
      const at = realmTime ?? now
      const next = new Map(standings)
      const turns: Turn[] = []
      const documents: Record<string, string> = {}
      for (const [feed, rhythm] of rhythms) {
        const record = records.get(feed)
        const before = standings.get(feed)
        const standing = nextStanding(before, seenOf(record, rhythm, now, realmTime), at)
        documents[feed] = JSON.stringify(feedHealth(feed, record, standing, rhythm, now, at))
        // What never brought anything has not fallen silent: nobody waits for it yet.
        if (record === undefined) continue
        if (standing.state !== (before?.state ?? 'healthy'))
          turns.push({ feed, from: before?.state, to: standing.state })
        next.set(feed, standing)
      }
      if (turns.length > 0) await intake.turn(turns)
      standings = next
      await present.put(realm, 'feeds', documents)
      if (dirty.size === 0) return
      const kept = [...dirty].map((feed) => [`feed ${feed}`, JSON.stringify(records.get(feed))])
      dirty.clear()
      await present.put(realm, 'receipts', Object.fromEntries(kept))
    },
  }
}

function bringsActs({ observations }: FeedPolicy): boolean {
  return observations.some(({ decided }) => decided !== undefined)
}
