import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../adapters/system-clock.ts'
import type { RiskPoint } from '../core/risk.ts'
import { HOUR_MS } from '../core/time.ts'
import { dateText, dayOf, timeText } from '../simulation/calendar.ts'
import { FEED_NAMES, type FeedName } from '../simulation/feeds/feed.ts'
import { createSender, type Sender } from '../simulation/send.ts'
import { history, live, type Stretch } from '../simulation/timeline.ts'
import { createWorld, type World } from '../simulation/world.ts'
import type { BenchContext } from './bench.ts'
import { readEvents } from './event-stream.ts'
import { type Figure, figureOf, quantile } from './figure.ts'
import { type FreshParts, freshParts } from './parts.ts'
import { startRoles } from './roles.ts'

const RATE = 1_000
const LOT_MS = 100
const LOOK_MS = 5
/** Rows of each lot whose enterprise stands at a higher risk the moment they are known. */
const PROBES_A_LOT = 3
const PROBE_FEED: FeedName = 'court-listings'
const PROBE_INDICATOR = 'court-listing'
const ENTERPRISES = 20_000
const STARTS = Date.parse('2026-01-01T00:00:00+08:00')
/** Rows that settle nothing: the city's stock has just come in, and code is not yet compiled. */
const WARM_UP_S = 3

/** A court's listing, which always raises a score. Simulated instants are UTC ms, real ones of `performance.now()`. */
interface Probe {
  readonly enterprise: string
  readonly line: string
  sent: number
  /** The tick that sees it. */
  readonly tick: number
  readonly counts: boolean
}

interface Delays {
  readonly risk: number[]
  readonly board: number[]
}

/**
 * How long a row takes from the beginning of its request to the present and to the page of a watcher, at a fixed rate
 * through the front door. The simulated city supplies the rows, an hour of it about every third of a second.
 */
export async function measureLatency(context: BenchContext): Promise<readonly Figure[]> {
  context.announce('latency')
  const parts = await freshParts(context)
  try {
    const { roles, death } = await startRoles(context, parts, [['process', 'alert'], ['ingest'], ['board']])
    const { ingest = '', board = '' }: Record<string, string> = Object.assign({}, ...roles.map(({ ready }) => ready))
    const keys: Record<string, string> = JSON.parse(
      readFileSync(join(parts.config.dataFolder, 'keys/feeds.json'), 'utf8'),
    )
    const signal = AbortSignal.any([context.signal, death])
    const clock = { now: systemClock.now, wait: (ms: number) => delay(ms, undefined, { signal }) }
    const sender = createSender({ url: ingest, realm: 'demo', keys, clock, signal, onWait: () => undefined })
    const ended = new AbortController()
    const delays: Delays = { risk: [], board: [] }
    const probes = { risk: new Set<Probe>(), board: new Set<Probe>() }
    const watching = Promise.all([
      watchRisk(parts, probes.risk, delays.risk, ended.signal),
      watchBoard(board, probes.board, delays.board, ended.signal),
    ])
    const rate = await Promise.race([watching.then(() => 0), play(context, sender, probes, signal)])
    ended.abort()
    await watching
    return [...figuresOf('event-to-risk', delays.risk, rate), ...figuresOf('event-to-board', delays.board, rate)]
  } finally {
    await parts.stop()
  }
}

/** The stock of the first day in bulk, then hour after hour at the rate. Answers the rate that was kept, rows a second. */
async function play(
  context: BenchContext,
  sender: Sender,
  probes: Readonly<Record<'risk' | 'board', Set<Probe>>>,
  signal: AbortSignal,
): Promise<number> {
  const first = dayOf(STARTS)
  const world = createWorld({ seed: 1, enterprises: ENTERPRISES, firstDay: first })
  for (const day of history(world, { from: first, to: first + 1, hourlyFrom: first })) {
    for (const feed of FEED_NAMES) await sender.rows(feed, linesOf(day, feed), true)
    await sender.progress({ until: day.end, feeds: FEED_NAMES, closed: false })
  }
  const listings = createListings(world)
  const begun = performance.now()
  const lasts = (WARM_UP_S + context.seconds) * 1000
  let sent = 0
  for (const hour of live(world, STARTS + 24 * 3_600_000)) {
    const rows = FEED_NAMES.flatMap((feed) => hour.rows[feed].map((row) => ({ feed, row })))
    for (let at = 0; at < rows.length; at += RATE * (LOT_MS / 1000)) {
      const lot = rows.slice(at, at + RATE * (LOT_MS / 1000))
      const counts = performance.now() - begun > WARM_UP_S * 1000
      const asked = listings.next(hour, counts)
      for (const probe of asked) {
        probe.sent = performance.now()
        probes.risk.add(probe)
        probes.board.add(probe)
      }
      await Promise.all(
        FEED_NAMES.map((feed) => {
          const lines = lot.filter((each) => each.feed === feed).map(({ row }) => row.line)
          if (feed === PROBE_FEED) lines.push(...asked.map(({ line }) => line))
          return lines.length === 0 ? undefined : sender.rows(feed, lines, false)
        }),
      )
      sent += lot.length
      const due = begun + (sent / RATE) * 1000
      await delay(Math.max(0, due - performance.now()), undefined, { signal })
    }
    await sender.progress({ until: hour.end, feeds: FEED_NAMES, closed: false })
    if (performance.now() - begun > lasts) break
  }
  const kept = (sent * 1000) / (performance.now() - begun)
  // What is still on its way after this counts as this long.
  const patience = performance.now() + 10_000
  while (probes.risk.size + probes.board.size > 0 && performance.now() < patience)
    await delay(LOT_MS, undefined, { signal })
  return kept
}

const linesOf = (stretch: Stretch, feed: FeedName) => stretch.rows[feed].map(({ line }) => line)

/** Each of another enterprise, from the last one down: the simulated troubles begin with the first. */
function createListings(world: World) {
  let left = world.enterprises.length
  return {
    next({ start, end }: Stretch, counts: boolean): Probe[] {
      const probes: Probe[] = []
      while (probes.length < PROBES_A_LOT && left > 0) {
        const of = world.enterprises[--left]
        if (of === undefined || !world.isOpen(of, dayOf(start))) continue
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

async function watchRisk(parts: FreshParts, probes: Set<Probe>, delays: number[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const waiting = [...probes]
    const documents = await Promise.all(
      waiting.map(({ enterprise }) => parts.ports.present.readOne('demo', 'risk', enterprise)),
    )
    const now = performance.now()
    for (const [index, probe] of waiting.entries()) {
      const document = documents[index]
      if (document === undefined) continue
      const { signals }: RiskPoint = JSON.parse(document)
      if (!signals.some(({ indicator }) => indicator === PROBE_INDICATOR)) continue
      probes.delete(probe)
      if (probe.counts) delays.push(now - probe.sent)
    }
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}

async function watchBoard(url: string, probes: Set<Probe>, delays: number[], signal: AbortSignal): Promise<void> {
  try {
    for await (const { data } of readEvents(`${url}/api/realms/demo/board/stream`, signal)) {
      const { sealedUntil } = JSON.parse(data) as { readonly sealedUntil?: number }
      if (sealedUntil === undefined) continue
      const now = performance.now()
      for (const probe of probes) {
        if (probe.tick > sealedUntil) continue
        probes.delete(probe)
        if (probe.counts) delays.push(now - probe.sent)
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  for (const probe of probes) if (probe.counts) delays.push(performance.now() - probe.sent)
}

function figuresOf(name: string, delays: readonly number[], rate: number): Figure[] {
  const sorted = delays.toSorted((left, right) => left - right)
  const what =
    name === 'event-to-risk'
      ? 'rows that changed a score'
      : 'rows, until their hour is complete and sealed on every shard'
  const remark = `${sorted.length} ${what}; ${Math.round(rate)} of ${RATE} rows/s through HTTP, from the beginning of the request`
  return [0.5, 0.99].map((share) =>
    figureOf({
      figure: `latency.${name}.p${share * 100}`,
      value: quantile(sorted, share),
      unit: 'ms',
      remark,
    }),
  )
}
