import { HOUR_MS } from '../core/time.ts'
import { dayOf, startOfDay } from './calendar.ts'
import { ordinaryUndertakings } from './feeds/commitments.ts'
import { ordinaryComplaints } from './feeds/complaints.ts'
import { ordinaryListings } from './feeds/courts.ts'
import { type DayContext, FEED_NAMES, type FeedName, type Row } from './feeds/feed.ts'
import { ordinaryVisits } from './feeds/inspections.ts'
import { ordinaryInsurance } from './feeds/insurance.ts'
import { ordinaryPenalties } from './feeds/penalties.ts'
import { ordinaryPermits } from './feeds/permits.ts'
import { ordinaryRegistry } from './feeds/registry.ts'
import { dayOfReadings } from './feeds/sensors.ts'
import { ordinaryVideo } from './feeds/video.ts'
import { arrearsOn, distortionsOn, playTroubles, silentOn } from './plots.ts'
import { createRandom } from './random.ts'
import { createTroubles, type Trouble } from './troubles.ts'
import type { World } from './world.ts'

export type FeedRows = Readonly<Record<FeedName, readonly Row[]>>

/** What leaves the authorities over a stretch of simulated time, each feed in the order in which things became known. */
export interface Stretch {
  readonly start: number
  /** Exclusive, UTC ms. */
  readonly end: number
  readonly rows: FeedRows
  /** Feeds that are down: what they knew comes with the first stretch after the outage, or, for devices, never. */
  readonly down: readonly FeedName[]
}

export interface HistoryOptions {
  /** First and last day (exclusive), numbered from 1970-01-01 local. */
  readonly from: number
  readonly to: number
  /** Sensors are kept hourly from this day on, daily before it. */
  readonly hourlyFrom: number
}

/** Longest time between something happening and the last row that speaks of it, in days. */
const LOOK_BACK = 220
/** Feeds whose rows are known on the day itself: nothing of them is left over from days before. */
const IMMEDIATE: ReadonlySet<FeedName> = new Set<FeedName>(['sensors', 'social-insurance'])
const LOST_WHILE_DOWN: ReadonlySet<FeedName> = new Set<FeedName>(['sensors', 'video-events'])

/** The days of a city, made one after another. Whatever reaches from a day into later ones is kept until they come. */
export interface Days {
  /** Called with days in order; the first may be any. */
  stretchOf(day: number): Stretch
}

export function history(world: World, { from, to, hourlyFrom }: HistoryOptions): Generator<Stretch, void, undefined> {
  return eachDay(createDays(world, hourlyFrom), from, to)
}

export function* eachDay(days: Days, from: number, to: number): Generator<Stretch, void, undefined> {
  for (let day = from; day < to; day++) yield days.stretchOf(day)
}

/** Hour by hour from an instant on (its hour begins anew), without end. */
export function live(world: World, from: number): Generator<Stretch, void, undefined> {
  return eachHour(createDays(world, dayOf(from)), from)
}

export function* eachHour(days: Days, from: number): Generator<Stretch, void, undefined> {
  const first = dayOf(from)
  for (let day = first; ; day++) {
    const stretch = days.stretchOf(day)
    for (let start = stretch.start; start < stretch.end; start += HOUR_MS) {
      const end = start + HOUR_MS
      // What an outage held back is older than the day and comes in its first hour.
      const within = ({ known }: Row) => known < end && (known >= start || start === stretch.start)
      if (end > from)
        yield { start, end, rows: byFeed((feed) => stretch.rows[feed].filter(within)), down: stretch.down }
    }
  }
}

export function byFeed<Value>(make: (feed: FeedName) => Value): Record<FeedName, Value> {
  return Object.fromEntries(FEED_NAMES.map((feed) => [feed, make(feed)])) as Record<FeedName, Value>
}

/** Whatever day comes first, the days before it that reach into it are made silently. */
export function createDays(world: World, hourlyFrom: number, troubles = createTroubles(world)): Days {
  const ahead = new Map<number, Record<FeedName, Row[]>>()
  let nextDay: number | undefined

  function bucketOf(day: number): Record<FeedName, Row[]> {
    const found = ahead.get(day) ?? byFeed((): Row[] => [])
    ahead.set(day, found)
    return found
  }

  function make(day: number, warming: boolean): void {
    const active = troubles.activeOn(day)
    const silent = silentOn(active, day)
    for (const [place, feed] of FEED_NAMES.entries()) {
      if (warming && IMMEDIATE.has(feed)) continue
      let number = 0
      const context: DayContext = {
        world,
        day,
        random: createRandom(world.options.seed, 50, place, day),
        serial: () => String(++number).padStart(5, '0'),
        isSilent: (enterprise) => silent.has(enterprise),
        emit: (known, line) => bucketOf(dayOf(known))[feed].push({ known, line }),
      }
      playDay(context, feed, active, day < hourlyFrom)
    }
  }

  function downOn(day: number): readonly FeedName[] {
    return troubles.activeOn(day).flatMap(({ feed }) => feed ?? [])
  }

  function stretchOf(day: number): Stretch {
    if (nextDay === undefined) {
      // The day before is made whole: an outage of it would hand its rows on to this day.
      for (let before = Math.max(world.options.firstDay, day - LOOK_BACK); before < day; before++)
        make(before, before < day - 1)
      for (const old of ahead.keys()) if (old < day - 1) ahead.delete(old)
    } else if (day !== nextDay) throw new RangeError(`days come in order: ${nextDay}, not ${day}`)
    nextDay = day + 1
    const downBefore = downOn(day - 1)
    const down = downOn(day)
    make(day, false)
    const known = (at: number, feed: FeedName) =>
      (ahead.get(at)?.[feed] ?? []).sort((left, right) => left.known - right.known)
    const rows = byFeed((feed) => {
      if (down.includes(feed)) return []
      const heldBack = downBefore.includes(feed) && !LOST_WHILE_DOWN.has(feed)
      return heldBack ? [...known(day - 1, feed), ...known(day, feed)] : known(day, feed)
    })
    ahead.delete(day - 1)
    return { start: startOfDay(day), end: startOfDay(day + 1), rows, down }
  }

  return { stretchOf }
}

function playDay(context: DayContext, feed: FeedName, active: readonly Trouble[], daily: boolean): void {
  switch (feed) {
    case 'registry':
      ordinaryRegistry(context)
      break
    case 'permits':
      ordinaryPermits(context)
      break
    case 'penalties':
      ordinaryPenalties(context)
      break
    case 'inspections':
      ordinaryVisits(context)
      break
    case 'complaints-12345':
      ordinaryComplaints(context)
      break
    case 'court-listings':
      ordinaryListings(context)
      break
    case 'commitments':
      ordinaryUndertakings(context)
      break
    case 'social-insurance':
      ordinaryInsurance(context, arrearsOn(active, context.day))
      break
    case 'sensors':
      dayOfReadings(context, daily, distortionsOn(active))
      break
    case 'video-events':
      ordinaryVideo(context)
      break
  }
  playTroubles(context, feed, active)
}
