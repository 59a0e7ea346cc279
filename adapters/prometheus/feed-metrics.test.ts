import { expect, it } from 'vitest'
import type { FeedHealth } from '../../core/risk.ts'
import { createMemoryPresent } from '../memory/present.ts'
import { createFeedMetrics } from './feed-metrics.ts'

const HEALTH: FeedHealth = {
  feed: 'permits',
  state: 'late',
  lines: 10,
  observations: 6,
  versions: 1,
  duplicates: 2,
  rejects: 1,
  knownUntil: 1_700_000_000_000,
  lastReceived: 1_700_000_060_500,
  perMinute: 0,
  completeness: 1000,
  dropped: { faces: 3 },
}

it('tells rows, reasons, drops, state, delay and pressure, each once however often it is asked', async () => {
  const present = createMemoryPresent()
  let pressed = false
  const metrics = createFeedMetrics({ present, intakes: new Map([['city', { isPressed: async () => pressed }]]) })
  const never = { ...HEALTH, feed: 'never', state: 'healthy', lastReceived: 0, knownUntil: 0 } as const
  await present.put('city', 'feeds', { permits: JSON.stringify(HEALTH), never: JSON.stringify(never) })
  metrics.rejected('city', 'permits', [{ reason: 'bad-date' }, { reason: 'bad-date' }, { reason: 'unbound-device' }])
  await metrics.text()
  pressed = true
  const text = await metrics.text()
  const told = text.split('\n').filter((line) => line.includes('feed="permits"') || line.includes('back_pressure{'))
  expect(told.sort()).toEqual(
    [
      'fengsui_rejects_total{realm="city",feed="permits",reason="bad-date"} 2',
      'fengsui_rejects_total{realm="city",feed="permits",reason="unbound-device"} 1',
      'fengsui_rows_total{realm="city",feed="permits",outcome="observations"} 6',
      'fengsui_rows_total{realm="city",feed="permits",outcome="versions"} 1',
      'fengsui_rows_total{realm="city",feed="permits",outcome="duplicates"} 2',
      'fengsui_rows_total{realm="city",feed="permits",outcome="rejects"} 1',
      'fengsui_dropped_total{realm="city",feed="permits",what="faces"} 3',
      'fengsui_feed_state{realm="city",feed="permits",state="healthy"} 0',
      'fengsui_feed_state{realm="city",feed="permits",state="late"} 1',
      'fengsui_feed_state{realm="city",feed="permits",state="silent"} 0',
      'fengsui_feed_state{realm="city",feed="permits",state="malformed"} 0',
      'fengsui_feed_known_timestamp_seconds{realm="city",feed="permits"} 1700000000',
      'fengsui_feed_received_timestamp_seconds{realm="city",feed="permits"} 1700000060.5',
      'fengsui_back_pressure{realm="city"} 1',
    ].sort(),
  )
  expect(text).not.toMatch(/timestamp_seconds\{[^}]*never/)
  for (const name of ['rows_total', 'back_pressure']) expect(text).toMatch(new RegExp(`# HELP fengsui_${name} `))
})
