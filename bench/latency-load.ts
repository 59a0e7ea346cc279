import { setTimeout as delay } from 'node:timers/promises'
import { HOUR_MS } from '../core/time.ts'
import { dateText, dayOf, timeText } from '../simulation/calendar.ts'
import { FEED_NAMES, type FeedName } from '../simulation/feeds/feed.ts'
import type { Sender } from '../simulation/send.ts'
import { history, live, type Stretch } from '../simulation/timeline.ts'
import { createWorld, type World } from '../simulation/world.ts'
import { createFrameWriter, readFrames } from './frames.ts'
import { STARTS } from './prepared.ts'

const LOT_MS = 100
/** Rows of each lot whose enterprise stands at a higher risk the moment they are known. */
const PROBES_A_LOT = 3
const PROBE_FEED: FeedName = 'court-listings'
export const PROBE_INDICATOR = 'court-listing'
/** Of the city for each row a second: an hour of it then lasts about a third of a second, or less where it ends at the most. */
const ENTERPRISES_A_ROW = 20
const MOST_ENTERPRISES = 100_000
/** Rows that settle nothing: the city's stock has just come in, and code is not yet compiled. */
const WARM_UP_S = 3
/** Lots on their way at once. A sender that waited for each answer would send less just when answers are slow. */
const MOST_IN_FLIGHT = 32
/** What is still on its way when the last row was sent counts as this long. */
const PATIENCE_MS = 10_000

/** A court's listing, which always raises a score. Simulated instants are UTC ms, real ones of `performance.now()`. */
export interface Probe {
  readonly enterprise: string
  readonly line: string
  sent: number
  /** The tick that sees it. */
  readonly tick: number
  readonly counts: boolean
}

/** Who is told of what is asked. */
export interface Watchers {
  asked(probe: Probe): void
  /** Its request was answered: it is in the log. */
  answered(probe: Probe): void
  waiting(): number
}

type Hour = Pick<Stretch, 'start' | 'end'>

/** The hours of a city, made before anything is measured: to make them takes as much as to take them in. */
export interface LatencyLoad {
  readonly world: World
  readonly path: string
  readonly rate: number
}

export function prepareLatencyLoad(path: string, rate: number, seconds: number): LatencyLoad {
  const enterprises = Math.min(MOST_ENTERPRISES, rate * ENTERPRISES_A_ROW)
  const world = createWorld({ seed: 1, enterprises, firstDay: dayOf(STARTS) })
  const writer = createFrameWriter<Hour>(path)
  let left = (WARM_UP_S + seconds) * rate
  for (const { start, end, rows } of live(world, STARTS + 24 * HOUR_MS)) {
    const lines = FEED_NAMES.flatMap((feed) => rows[feed].map(({ line }) => [feed, line] as const))
    writer.write({ start, end }, Buffer.from(JSON.stringify(lines)))
    left -= lines.length
    if (left <= 0) break
  }
  writer.close()
  return { world, path, rate }
}

/** The stock of the first day, in bulk. */
export async function sendStock({ world }: LatencyLoad, sender: Sender): Promise<void> {
  const first = dayOf(STARTS)
  for (const day of history(world, { from: first, to: first + 1, hourlyFrom: first })) {
    for (const feed of FEED_NAMES) {
      await sender.rows(
        feed,
        day.rows[feed].map(({ line }) => line),
        true,
      )
    }
    await sender.progress({ until: day.end, feeds: FEED_NAMES, closed: false })
  }
}

/** Hour after hour at the rate. Answers the rate that was kept, rows a second. */
export async function playLatencyLoad(
  { world, path, rate }: LatencyLoad,
  sender: Sender,
  watchers: Watchers,
  signal: AbortSignal,
): Promise<number> {
  const listings = createListings(world)
  const begun = performance.now()
  const lotRows = (rate * LOT_MS) / 1000
  const inFlight = new Set<Promise<void>>()
  let told: Promise<unknown> = Promise.resolve()
  let sent = 0
  for (const { header, bytes } of readFrames<Hour>(path)) {
    const rows: readonly (readonly [FeedName, string])[] = JSON.parse(bytes.toString('utf8'))
    const lots: Promise<void>[] = []
    for (let at = 0; at < rows.length; at += lotRows) {
      const lot = rows.slice(at, at + lotRows)
      const counts = performance.now() - begun > WARM_UP_S * 1000
      const sending = sendLot(sender, lot, listings.next(header, counts, lot.length / lotRows), watchers)
      lots.push(sending)
      inFlight.add(sending)
      void sending.finally(() => inFlight.delete(sending)).catch(toldAtTheEnd)
      if (inFlight.size >= MOST_IN_FLIGHT) await Promise.race(inFlight)
      sent += lot.length
      const due = begun + (sent / rate) * 1000
      await delay(Math.max(0, due - performance.now()), undefined, { signal })
    }
    told = Promise.all([told, ...lots]).then(() =>
      sender.progress({ until: header.end, feeds: FEED_NAMES, closed: false }),
    )
    told.catch(toldAtTheEnd)
  }
  const kept = (sent * 1000) / (performance.now() - begun)
  await told
  const patience = performance.now() + PATIENCE_MS
  while (watchers.waiting() > 0 && performance.now() < patience) await delay(LOT_MS, undefined, { signal })
  return kept
}

async function sendLot(
  sender: Sender,
  lot: readonly (readonly [FeedName, string])[],
  asked: readonly Probe[],
  watchers: Watchers,
): Promise<void> {
  for (const probe of asked) {
    probe.sent = performance.now()
    watchers.asked(probe)
  }
  await Promise.all(
    FEED_NAMES.map(async (feed) => {
      const lines = lot.flatMap(([of, line]) => (of === feed ? [line] : []))
      const isProbed = feed === PROBE_FEED
      if (isProbed) lines.push(...asked.map(({ line }) => line))
      if (lines.length === 0) return
      await sender.rows(feed, lines, false)
      if (isProbed) for (const probe of asked) watchers.answered(probe)
    }),
  )
}

/** Each of another enterprise, from the last one down: the simulated troubles begin with the first. */
function createListings(world: World) {
  let left = world.enterprises.length
  let due = 0
  return {
    /** `share`: of a whole lot. */
    next({ start, end }: Hour, counts: boolean, share: number): Probe[] {
      const probes: Probe[] = []
      due += PROBES_A_LOT * share
      while (due >= 1 && left > 0) {
        const of = world.enterprises[--left]
        if (of === undefined || !world.isOpen(of, dayOf(start))) continue
        due -= 1
        const at = timeText(start + HOUR_MS / 2)
        const line = JSON.stringify({
          case_no: `bench ${left}`,
          uscc: of.uscc,
          name: of.name,
          district: of.district.code,
          industry: of.trade.section,
          filed_at: dateText(dayOf(start) - 40),
          amount_yuan: 10_000,
          published_at: at,
          removed_at: null,
          updated_at: at,
        })
        probes.push({ enterprise: `uscc:${of.uscc}`, line, sent: 0, tick: end, counts })
      }
      return probes
    },
  }
}

/** Whatever failed is raised when the last word of time is waited for. */
function toldAtTheEnd(): void {}
