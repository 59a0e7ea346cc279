import { createSnapshots } from '../../adapters/clickhouse/snapshots.ts'
import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import { createRedisPresent } from '../../adapters/redis/present.ts'
import { createRedisEventLog } from '../../adapters/redis-streams/event-log.ts'
import { createFollowingRecordIndex, createRedisRecordIndex } from '../../adapters/redis-streams/record-index.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import { processed } from '../../app/caught-up.ts'
import type { EventLog } from '../../core/event-log.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import { OBSERVATION_FORM } from '../../core/observation-line.ts'
import type { RealmPolicy } from '../../core/policy.ts'
import { SHARDS } from '../../core/shard.ts'
import type { Row } from '../../ingest/decode/row.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { type ArrivalReceipt, createOccurrences } from '../../ingest/ingest-batch.ts'
import type { RealmIntake } from '../../ingest/intake-port.ts'
import { openRealmIntake } from '../../ingest/realm-intake.ts'
import type { RecordIndex } from '../../ingest/record-index.ts'
import { openReferences } from '../../ingest/references.ts'
import { createRejectFinder } from '../../ingest/rejects/find-rejects.ts'
import { createStewardDesk, type DeskParts, type RevealEntry, type StewardDesk } from '../../ingest/steward-desk.ts'
import { packAside } from '../../processors/archive-row.ts'
import { compilePolicy } from '../../processors/compile-policy.ts'
import { runProcessor } from '../../processors/run-processor.ts'
import { runRejects } from '../../processors/run-rejects.ts'
import type { TestHistory, TestRedis } from './embedded.ts'
import { compiled, NOW, readLog, testSealer } from './ingest-fixture.ts'
import { until } from './until.ts'

/** One realm's front desk over real stores, with the part of the processors that brings rejects into the history. */
export interface StewardCity {
  readonly desk: StewardDesk
  readonly parts: DeskParts & { readonly intake: RealmIntake }
  readonly log: EventLog
  readonly revealed: readonly RevealEntry[]
  /** A feed's owner files a body, or what a door has made of one; it is in the log when this resolves. */
  files(feed: string, body: string | readonly Row[], source?: string): Promise<ArrivalReceipt>
  /** Waits until so many rejects can be found, in whatever state. */
  rejectsAre(count: number): Promise<void>
  /** Brings observations into the history, as the processors do. */
  observationsSettle(): Promise<void>
  /** Every feed has said all that it knew until then, UTC ms. */
  complete(until: number): Promise<void>
  /** Waits until all that is in the log is folded and in the history, where processors run. */
  processed(): Promise<void>
  /** Wall time moves on, milliseconds. */
  passes(ms: number): void
  close(): Promise<void>
}

export interface StewardCityOptions {
  readonly redis: TestRedis
  readonly history: TestHistory
  readonly realm: string
  readonly feeds: readonly FeedPolicy[]
  /** Log and index in two stores, as with Kafka; and what may go wrong between them. */
  readonly apart?: boolean
  readonly around?: (index: RecordIndex) => RecordIndex
  /** With processors that fold by this policy. */
  readonly scoring?: RealmPolicy
}

export async function openStewardCity(options: StewardCityOptions): Promise<StewardCity> {
  const { realm, redis } = options
  const { history } = options.history
  let now = NOW
  const clock = { now: () => now }
  const redisLog = createRedisEventLog({ redis: redis.options, maxBytesHeld: 1e9 })
  const log: EventLog = options.apart === true ? createMemoryEventLog() : redisLog
  const plain =
    options.apart === true
      ? createFollowingRecordIndex({ redis: redis.options, log })
      : createRedisRecordIndex({ redis: redis.options, log: redisLog })
  const index = options.around?.(plain) ?? plain
  const feeds = new Map(options.feeds.map((policy) => [policy.feed, compiled(policy, 'event', realm)]))
  const policies = new Map(options.feeds.map((policy) => [policy.feed, policy]))
  const references = await openReferences({ realm, policies: options.feeds, index })
  const intake = await openRealmIntake({
    ...{ realm, feeds: [...feeds.keys()], live: undefined, index, log, heldBound: 1e9, clock },
    ...{ sealer: testSealer(), references },
  })
  const revealed: RevealEntry[] = []
  const parts: StewardCity['parts'] = {
    ...{ realm, feeds, policies, intake, index, references, history, clock, zoneOffsetMinutes: 480 },
    finder: createRejectFinder(history, realm, 480),
    sealer: testSealer(),
    personalKey: new Uint8Array(32).fill(9),
    async audit(entry) {
      revealed.push(entry)
    },
  }
  const stopping = new AbortController()
  const snapshots = createSnapshots(history, clock)
  const running = runRejects(realm, { log, history, snapshots, retry: (work) => work() }, stopping.signal)
  const present = createRedisPresent({ redis: redis.options, onFault: () => undefined })
  const scoring =
    options.scoring === undefined
      ? Promise.resolve()
      : runProcessor(
          {
            policy: compilePolicy(options.scoring),
            shards: Array.from({ length: SHARDS }, (_, shard) => shard),
            signal: stopping.signal,
            snapshotBytes: 4_000_000,
            snapshotMs: 60_000,
            quietMs: 5_000,
          },
          {
            ...{ log, history, present, snapshots, clock: systemClock, pack: packAside },
            retry: (work) => work(),
            happened: () => undefined,
          },
        )
  scoring.catch(() => undefined)
  let inserted = 0
  const desk = createStewardDesk(parts)

  return {
    desk,
    parts,
    log,
    revealed,
    async files(name, body, source = 'test') {
      const feed = feeds.get(name)
      if (feed === undefined) throw new Error(`there is no feed ${name}`)
      const rows = typeof body === 'string' ? readRows(feed.policy, Buffer.from(body)) : body
      return intake.submit({ feed, source, rows, bulk: false, occurrence: createOccurrences() })
    },
    async rejectsAre(count) {
      await until(`${count} rejects`, async () => ((await desk.list({}, 1_000)).length === count ? true : undefined))
    },
    async observationsSettle() {
      for (const { bytes, count } of (await readLog(log, realm)).batches) {
        if (count > 0) await history.insert('observations', bytes, `${realm} ${inserted++}`, OBSERVATION_FORM)
      }
    },
    complete: (until) => intake.declare(undefined, until, false),
    processed: () => processed({ log, present }, realm, AbortSignal.timeout(60_000), 20),
    passes(ms) {
      now += ms
    },
    async close() {
      stopping.abort()
      await running
      await scoring
      await present.close()
      await index.close()
      await log.close()
      await redisLog.close()
    },
  }
}
