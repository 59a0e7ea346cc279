import { readFileSync } from 'node:fs'
import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import { createMemoryRecordIndex } from '../../adapters/memory/record-index.ts'
import type { EventLog, OutgoingBatch } from '../../core/event-log.ts'
import type { Clock } from '../../core/time.ts'
import type { RealmIntake } from '../../ingest/intake-port.ts'
import { compileFeed } from '../../ingest/mapping/compile-feed.ts'
import { validateFeedPolicy } from '../../ingest/mapping/feed-policy.ts'
import { openRealmIntake } from '../../ingest/realm-intake.ts'
import type { Registry } from '../../ingest/registry.ts'
import { NOW, testSealer } from './ingest-fixture.ts'

/** A live realm with one of the city's device feeds, on a log in memory and a clock that is moved by hand. */
export interface DeviceCity {
  readonly log: EventLog
  readonly intake: RealmIntake
  readonly registry: Registry
  readonly clock: Clock
  pass(ms: number): void
  /** Called before each append: throw there, and nothing becomes durable. */
  beforeAppend: () => Promise<void>
}

/** `given` stands in for the clock that is moved by hand. */
export async function openDeviceCity(feed: string, given?: Clock): Promise<DeviceCity> {
  let now = NOW
  const clock = given ?? { now: () => now }
  const log = createMemoryEventLog()
  const index = createMemoryRecordIndex({
    async append(batches: readonly OutgoingBatch[]) {
      await city.beforeAppend()
      return log.append(batches)
    },
  })
  const live = { graceMs: 0, idleAfterMs: 60_000 }
  const intake = await openRealmIntake({
    realm: 'city',
    feeds: [feed],
    live,
    index,
    log,
    heldBound: 1e8,
    clock,
    sealer: testSealer(),
  })
  const path = new URL(`../../policies/city/feeds/${feed}.json`, import.meta.url)
  const policy = validateFeedPolicy(JSON.parse(readFileSync(path, 'utf8')))
  const realm = { realm: 'city', clock: 'live', zoneOffsetMinutes: 480, placeGridMilliDegrees: 10 } as const
  const compiled = compileFeed(policy, realm, { personalKey: new Uint8Array(32).fill(9), legacyCodes: new Set() })
  const registry: Registry = new Map([
    ['city', { clock: 'live', intake, feeds: new Map([[feed, { compiled, key: 'secret' }]]) }],
  ])
  const city: DeviceCity = {
    log,
    intake,
    registry,
    clock,
    pass(ms) {
      now += ms
    },
    beforeAppend: async () => {},
  }
  return city
}
