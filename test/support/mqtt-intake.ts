import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import { createMemoryRecordIndex } from '../../adapters/memory/record-index.ts'
import type { EventLog, OutgoingBatch } from '../../core/event-log.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import type { RealmIntake } from '../../ingest/intake-port.ts'
import { openRealmIntake } from '../../ingest/realm-intake.ts'
import type { Registry } from '../../ingest/registry.ts'
import { compiled, fixedClock, testSealer } from './ingest-fixture.ts'

export const FEED_KEY = 'secret'

export interface TestIntake {
  readonly log: EventLog
  readonly intake: RealmIntake
  /** The realm `city` with its feeds, each with the key `FEED_KEY`. */
  readonly registry: Registry
  /** Called before each append: may wait, or fail. */
  beforeAppend: () => Promise<void>
  /** Whether the log holds more than it should. */
  pressed: boolean
}

/** A live realm over a log in memory whose state the test decides. */
export async function testIntake(...policies: readonly FeedPolicy[]): Promise<TestIntake> {
  const log = createMemoryEventLog()
  const index = createMemoryRecordIndex({
    async append(batches: readonly OutgoingBatch[]) {
      await test.beforeAppend()
      return log.append(batches)
    },
  })
  const intake = await openRealmIntake({
    realm: 'city',
    feeds: policies.map(({ feed }) => feed),
    live: { graceMs: 0, idleAfterMs: 60_000 },
    index,
    log: { heldBytes: async () => (test.pressed ? 2 : 0) },
    heldBound: 1,
    // Pressure is measured at most every 250 ms of this clock.
    clock: { now: () => fixedClock.now() + Math.round(performance.now()) },
    sealer: testSealer(),
  })
  const feeds = new Map(policies.map((policy) => [policy.feed, { compiled: compiled(policy, 'live'), key: FEED_KEY }]))
  const registry: Registry = new Map([['city', { clock: 'live', intake, feeds }]])
  const test: TestIntake = { log, intake, registry, beforeAppend: async () => {}, pressed: false }
  return test
}
