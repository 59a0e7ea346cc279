import { Counter, Gauge, Registry as Metrics } from 'prom-client'
import type { Present } from '../../core/present.ts'
import type { RejectReason } from '../../core/reject.ts'
import type { FeedHealth, FeedState } from '../../core/risk.ts'
import type { RealmIntake } from '../../ingest/intake-port.ts'

/** What is measured of the feeds, in Prometheus's text format. */
export interface FeedMetrics {
  readonly contentType: string
  /** Counts why rows were rejected; the rest is asked of the present when it is scraped. */
  rejected(realm: string, feed: string, reasons: readonly { readonly reason: RejectReason }[]): void
  /** Errors: `Retryable` where the present or the log cannot be asked. */
  text(): Promise<string>
}

export interface FeedMetricsOptions {
  readonly present: Pick<Present, 'read'>
  readonly intakes: ReadonlyMap<string, Pick<RealmIntake, 'isPressed'>>
}

const STATES: readonly FeedState[] = ['healthy', 'late', 'silent', 'malformed']
const OUTCOMES = ['observations', 'versions', 'duplicates', 'rejects'] as const

/**
 * Labels are realms and feeds of the policy, and closed sets: what the world sends makes no new series. Rows are counted
 * since the feed began, as its page shows them; reasons since this process began.
 */
export function createFeedMetrics({ present, intakes }: FeedMetricsOptions): FeedMetrics {
  const metrics = new Metrics()
  const named = <const Label extends string>(name: string, help: string, ...labelNames: Label[]) => ({
    name: `fengsui_${name}`,
    help,
    labelNames,
    registers: [metrics],
  })

  const reasons = new Counter(named('rejects_total', 'Rows that were rejected, by reason', 'realm', 'feed', 'reason'))
  const rows = new Counter(
    named('rows_total', 'Rows that were taken in, by what became of them', 'realm', 'feed', 'outcome'),
  )
  const dropped = new Counter(named('dropped_total', 'Objects dropped at the edge, unread', 'realm', 'feed', 'what'))
  const state = new Gauge(named('feed_state', '1 for the state that the feed is in', 'realm', 'feed', 'state'))
  const known = new Gauge(
    named('feed_known_timestamp_seconds', 'Newest instant known by the feed, on the realm’s clock', 'realm', 'feed'),
  )
  const received = new Gauge(
    named('feed_received_timestamp_seconds', 'When the last row of the feed came', 'realm', 'feed'),
  )
  const pressure = new Gauge(named('back_pressure', '1 while senders are held back', 'realm'))
  const lasting = [rows, dropped, state, known, received, pressure]

  function tell(realm: string, health: FeedHealth): void {
    const { feed } = health
    for (const outcome of OUTCOMES) rows.inc({ realm, feed, outcome }, health[outcome])
    for (const [what, count] of Object.entries(health.dropped ?? {})) dropped.inc({ realm, feed, what }, count)
    for (const each of STATES) state.set({ realm, feed, state: each }, each === health.state ? 1 : 0)
    if (health.lastReceived === 0) return
    known.set({ realm, feed }, health.knownUntil / 1_000)
    received.set({ realm, feed }, health.lastReceived / 1_000)
  }

  return {
    contentType: metrics.contentType,

    rejected(realm, feed, rejects) {
      for (const { reason } of rejects) reasons.inc({ realm, feed, reason })
    },

    async text() {
      const read = await Promise.all(
        [...intakes].map(async ([realm, intake]) => ({
          realm,
          pressed: await intake.isPressed(),
          healths: Object.values(await present.read(realm, 'feeds')).map((text): FeedHealth => JSON.parse(text)),
        })),
      )
      for (const each of lasting) each.reset()
      for (const { realm, pressed, healths } of read) {
        pressure.set({ realm }, pressed ? 1 : 0)
        for (const health of healths) tell(realm, health)
      }
      return metrics.metrics()
    },
  }
}
