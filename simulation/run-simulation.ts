import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { dayOf, monthsBefore, startOfDay } from './calendar.ts'
import { FEED_NAMES, type FeedName } from './feeds/feed.ts'
import { addTally, createSender, NO_TALLY, type PacingClock, type Sender, type Tally } from './send.ts'
import { byFeed, createDays, type Days, eachDay, eachHour, type Stretch } from './timeline.ts'
import { createTroubles, type Plot } from './troubles.ts'
import { openTruthFile, type TruthFile, type WorldRecord } from './truth-file.ts'
import { createWorld, type World } from './world.ts'

export interface SimulationOptions {
  /** Front door for records: `http://127.0.0.1:8711`. */
  readonly url: string
  /** Front door for live sensors; they go over HTTP where absent. */
  readonly mqttUrl?: string
  readonly realm: string
  /** `realm/feed` → key, as in the data folder's `keys/feeds.json`. */
  readonly keys: Readonly<Record<string, string>>
  readonly enterprises: number
  readonly seed: number
  /** Simulated seconds in a real second: 720 makes a day two minutes. Infinity does not wait. */
  readonly speed: number
  readonly backfillMonths: number
  /** Where the back-fill ends and the live part begins, UTC ms: a local midnight. An open truth file knows better. */
  readonly startAt: number
  /** Simulated instant to stop at, UTC ms; goes on until `signal` is aborted where absent. */
  readonly until?: number
  readonly truthFile?: string
  readonly clock: PacingClock
  readonly signal: AbortSignal
  readonly onEvent: (event: SimulationEvent) => void
}

export type SimulationEvent =
  | {
      readonly type: 'world-made'
      readonly enterprises: number
      readonly devices: number
      readonly from: number
      readonly startAt: number
    }
  | { readonly type: 'resumed'; readonly until: number }
  | { readonly type: 'back-filled'; readonly until: number; readonly startAt: number; readonly tally: Tally }
  | { readonly type: 'hour-passed'; readonly until: number; readonly tally: Tally }
  | {
      readonly type: 'trouble-began'
      readonly plot: Plot
      readonly id: string
      readonly at: number
      readonly enterprises: readonly string[]
      readonly feed?: FeedName
    }
  | { readonly type: 'waiting'; readonly reason: 'back-pressure' | 'unreachable'; readonly seconds: number }

/** Enough for the detectors, which trust an hour of the day after six readings of it. */
const HOURLY_DAYS = 8
/** Days are sent together until they hold so many rows: full bodies, and time moves on in all feeds at once. */
const CHUNK_ROWS = 20_000
/** Real time between two lots of live rows, milliseconds. */
const SLICE_MS = 500

/**
 * Plays the city: a year in bulk, then day after day at `speed`. Goes on where the realm stands: what was sent and not
 * yet declared complete is sent again, byte for byte. Resolves at `until` or when `signal` is aborted.
 * Errors: `Refusal` where a front door says no for good or the truth file is another world's.
 */
export async function runSimulation(options: SimulationOptions): Promise<void> {
  const { signal, onEvent } = options
  const sender = createSender({
    ...options,
    onWait: (reason, seconds) => onEvent({ type: 'waiting', reason, seconds }),
  })
  try {
    const { world, startAt, truth } = await prepare(options)
    const done = await sender.until()
    if (done > 0) onEvent({ type: 'resumed', until: done })
    const troubles = createTroubles(world)
    const days = createDays(world, dayOf(startAt) - HOURLY_DAYS, troubles)
    const play: Play = { options, sender, world, truth, startAt, troubles, days }
    await backFill(play, Math.max(done, startOfDay(world.options.firstDay)))
    await goLive(play, Math.max(done, startAt))
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await sender.close()
  }
}

interface Play {
  readonly options: SimulationOptions
  readonly sender: Sender
  readonly world: World
  readonly truth: TruthFile | undefined
  readonly startAt: number
  readonly troubles: ReturnType<typeof createTroubles>
  /** The live part goes on with what the back-fill made: to begin anew takes more than half a year of days. */
  readonly days: Days
}

async function prepare(
  options: SimulationOptions,
): Promise<{ world: World; startAt: number; truth: TruthFile | undefined }> {
  const { seed, enterprises, startAt, backfillMonths } = options
  const wanted: WorldRecord = { seed, enterprises, firstDay: monthsBefore(dayOf(startAt), backfillMonths), startAt }
  const truth = options.truthFile === undefined ? undefined : await openTruthFile(options.truthFile, wanted)
  const { world: record } = truth ?? { world: wanted }
  const world = createWorld(record)
  options.onEvent({
    type: 'world-made',
    enterprises,
    devices: world.devices.length,
    from: startOfDay(record.firstDay),
    startAt: record.startAt,
  })
  return { world, startAt: record.startAt, truth }
}

async function backFill(play: Play, from: number): Promise<void> {
  const { options, startAt } = play
  const end = Math.min(startAt, options.until ?? startAt)
  let chunk: Stretch[] = []
  let rows = 0
  // One chunk is made while the one before is on its way.
  let underWay: Promise<void> = Promise.resolve()
  for (const day of eachDay(play.days, dayOf(from), dayOf(end))) {
    chunk.push(day)
    for (const feed of FEED_NAMES) rows += day.rows[feed].length
    await turnOfTheLoop()
    if (rows < CHUNK_ROWS) continue
    await underWay
    underWay = sendChunk(play, chunk)
    underWay.catch(heardWhenAwaited)
    chunk = []
    rows = 0
  }
  await underWay
  await sendChunk(play, chunk)
}

function heardWhenAwaited(): void {}

async function sendChunk({ options, sender, startAt, truth, troubles }: Play, days: readonly Stretch[]): Promise<void> {
  const last = days.at(-1)
  if (last === undefined) return
  const lines = byFeed((feed) => days.flatMap((day) => day.rows[feed].map(({ line }) => line)))
  const tally = await sendAll(lines, (feed) => sender.rows(feed, lines[feed], true))
  for (const day of days) await declare(sender, day)
  await truth?.record(days.flatMap(({ start }) => troubles.startingIn(dayOf(start), dayOf(start) + 1)))
  options.onEvent({ type: 'back-filled', until: last.end, startAt, tally })
}

async function goLive(play: Play, from: number): Promise<void> {
  const { options, sender, days, troubles, truth } = play
  const { clock, signal, speed, onEvent } = options
  const until = options.until ?? Number.POSITIVE_INFINITY
  if (from >= until) return
  let day: number | undefined
  let due = clock.now()
  for (const hour of eachHour(days, from)) {
    if (dayOf(hour.start) !== day) {
      day = dayOf(hour.start)
      const began = troubles.startingIn(day, day + 1)
      await truth?.record(began)
      for (const { plot, id, enterprises, feed } of began) {
        onEvent({
          type: 'trouble-began',
          plot,
          id,
          at: hour.start,
          enterprises: enterprises.map(({ uscc }) => uscc),
          ...(feed && { feed }),
        })
      }
    }
    let tally = NO_TALLY
    // After a stall time is not made up for: what is late stays late, and the pace stays the pace.
    due = Math.max(due, clock.now() - SLICE_MS)
    for (const { rows, lasts } of slices(hour, speed)) {
      const sent = await sendAll(rows, (feed) =>
        feed === 'sensors' ? sender.readings(rows[feed]) : sender.rows(feed, rows[feed], false),
      )
      tally = addTally(tally, sent)
      due += lasts
      if (due > clock.now()) await clock.wait(due - clock.now(), signal)
      signal.throwIfAborted()
    }
    await declare(sender, hour)
    onEvent({ type: 'hour-passed', until: hour.end, tally })
    if (hour.end >= until) return
  }
}

type Lines = Readonly<Record<FeedName, readonly string[]>>

/** An hour's rows in lots of half a real second, in the order in which they became known. */
function slices(hour: Stretch, speed: number): { rows: Lines; lasts: number }[] {
  const span = hour.end - hour.start
  const count = Math.max(1, Math.round(span / speed / SLICE_MS))
  return Array.from({ length: count }, (_, place) => {
    const start = place === 0 ? Number.NEGATIVE_INFINITY : hour.start + (span * place) / count
    const end = hour.start + (span * (place + 1)) / count
    const rows = byFeed((feed) =>
      hour.rows[feed].filter(({ known }) => known >= start && known < end).map(({ line }) => line),
    )
    return { rows, lasts: span / speed / count }
  })
}

async function sendAll(lines: Lines, send: (feed: FeedName) => Promise<Tally>): Promise<Tally> {
  const feeds = FEED_NAMES.filter((feed) => lines[feed].length > 0)
  const tallies = await Promise.all(feeds.map(send))
  return tallies.reduce(addTally, NO_TALLY)
}

/** Feeds that are up are complete to the stretch's end; one that is down is complete to its start and holds nobody back. */
async function declare(sender: Sender, { start, end, down }: Stretch): Promise<void> {
  if (down.length > 0) await sender.progress({ until: start, feeds: down, closed: true })
  await sender.progress({ until: end, feeds: FEED_NAMES.filter((feed) => !down.includes(feed)), closed: false })
}
