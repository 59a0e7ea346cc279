import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createSnapshots } from '../../adapters/clickhouse/snapshots.ts'
import { createMemoryJobs, type MemoryJobs } from '../../adapters/memory/jobs.ts'
import { createMemoryPresent } from '../../adapters/memory/present.ts'
import { createMemoryRecordIndex } from '../../adapters/memory/record-index.ts'
import { createRedisEventLog } from '../../adapters/redis-streams/event-log.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import { runAlerts } from '../../alerts/run-alerts.ts'
import { sweepCases, sweepStillShown } from '../../app/case-clock.ts'
import { type Cases, openCases } from '../../app/cases.ts'
import { caughtUp } from '../../app/caught-up.ts'
import { loadPolicySet, type PolicySet } from '../../app/policies.ts'
import { openPoliciesInForce } from '../../app/policies-in-force.ts'
import { createRetry } from '../../app/retry.ts'
import type { EventLog } from '../../core/event-log.ts'
import type { Observation } from '../../core/observation.ts'
import { openPolicyJournal } from '../../core/policy-journal.ts'
import type { Present } from '../../core/present.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { AS_KNOWN_NOW } from '../../core/risk-history.ts'
import { SHARDS } from '../../core/shard.ts'
import type { Notice } from '../../core/warning.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { createOccurrences } from '../../ingest/ingest-batch.ts'
import { compileFeed } from '../../ingest/mapping/compile-feed.ts'
import { openRealmIntake } from '../../ingest/realm-intake.ts'
import { packAside } from '../../processors/archive-row.ts'
import { runRealm } from '../../processors/run-realm.ts'
import type { TestHistory, TestRedis } from './embedded.ts'
import { midnight } from './guide-city.ts'
import { testSealer } from './ingest-fixture.ts'

const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url))
const PERSONAL_KEY = new Uint8Array(32).fill(1)

/** A realm on the city's rules with the real folds, log and history, on a clock that moves only when it is told to. */
export interface CaseCity {
  readonly realm: string
  readonly set: PolicySet
  readonly log: EventLog
  readonly present: Present
  files(feed: string, rows: readonly Readonly<Record<string, string>>[]): Promise<void>
  /** Everything known before this day has been filed; returns when it is judged, in the history, and told. */
  dayBegins(date: string): Promise<void>
  /** Objections and repairs as whoever acts now would find them. */
  cases(): Promise<Cases>
  /** What the alert role's clock does to cases; returns when it is done. */
  sweep(): Promise<void>
  /** The same of what is shown though it should not be any more. */
  sweepShown(): Promise<void>
  caughtUp(): Promise<void>
  observations(enterprise: string): Promise<readonly Observation[]>
  /** Every change point that stands, as known at an instant, without what names realm, policy and saying. */
  points(enterprise: string, known?: number): Promise<readonly object[]>
  /** What was sent, in its order. */
  delivered(): Promise<readonly Notice[]>
  stop(): Promise<void>
}

export async function createCaseCity(
  realm: string,
  redis: TestRedis,
  { history }: Pick<TestHistory, 'history'>,
): Promise<CaseCity> {
  const loaded = loadPolicySet(POLICIES, 'city')
  // A day's tick and four weeks' periods keep years short; demonstrations tell, whatever the year is.
  const clockwork = { clock: 'event', tickMinutes: 1440, periodDays: 28, demonstration: true } as const
  const set: PolicySet = { ...loaded, realm: { ...loaded.realm, realm, ...clockwork } }
  const log = createRedisEventLog({ redis: redis.options, maxBytesHeld: 1e9 })
  const present = createMemoryPresent()
  const jobs: MemoryJobs = createMemoryJobs(systemClock, 10)
  const delivered: Notice[] = []
  await jobs.work<Notice>('deliveries', 1, async (notice) => void delivered.push(notice))
  const stopping = new AbortController()
  const { signal } = stopping
  const retry = createRetry(signal, () => undefined)
  const secrets = { personalKey: PERSONAL_KEY, legacyCodes: new Set<string>() }
  const feeds = new Map([...set.feeds].map(([name, feed]) => [name, compileFeed(feed, set.realm, secrets)]))
  const index = createMemoryRecordIndex(log)
  const intake = await openRealmIntake({
    realm,
    feeds: [...feeds.keys()],
    live: undefined,
    index,
    log,
    heldBound: 1e9,
    clock: systemClock,
    sealer: testSealer(),
  })
  const ports = { log, history, present, snapshots: createSnapshots(history, systemClock), clock: systemClock }
  const policies = await openPoliciesInForce({ ...ports, retry }, set.realm)
  const pause = (ms: number, stop: AbortSignal) => delay(ms, undefined, { signal: stop }).catch(() => undefined)
  const journal = await openPolicyJournal(ports, realm)
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard)
  const roles = [
    runRealm(
      { rules: set.realm, shards, signal, snapshotBytes: 1e9, snapshotMs: 1e9, quietMs: 1e9 },
      { ...ports, pack: packAside, retry, pause, happened: () => undefined },
      journal,
    ),
    runAlerts(
      {
        ...ports,
        realm,
        policyAt: policies.at,
        foresee: policies.foresee,
        jobs,
        hasAddress: () => true,
        pause: (ms) => pause(ms, signal),
        happened: () => undefined,
      },
      signal,
    ),
  ]
  const failed = Promise.all(roles).then(() => undefined)
  const settled = () => Promise.race([caughtUp(ports, realm, AbortSignal.timeout(60_000)), failed])
  const parts = { ports, policiesFolder: POLICIES, personalKey: PERSONAL_KEY, jobs, hasAddress: () => true }

  return {
    realm,
    set,
    log,
    present,
    async files(name, rows) {
      const feed = feeds.get(name)
      if (feed === undefined) throw new Error(`there is no feed ${name}`)
      const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
      const csv = [columns.join(','), ...rows.map((row) => columns.map((column) => row[column] ?? '').join(','))]
      const text = feed.policy.format === 'csv' ? csv.join('\n') : rows.map((row) => JSON.stringify(row)).join('\n')
      const decoded = readRows(feed.policy, Buffer.from(text))
      const receipt = await intake.submit({
        feed,
        source: name,
        rows: decoded,
        bulk: false,
        occurrence: createOccurrences(),
      })
      if (receipt.counts.rejects > 0) throw new Error(JSON.stringify(receipt.rejected))
    },
    async dayBegins(date) {
      await intake.declare(undefined, midnight(date), false)
      await settled()
    },
    cases: () => openCases(parts, set),
    sweep: () => sweepCases(parts, set, AbortSignal.timeout(60_000)),
    async sweepShown() {
      await sweepStillShown(parts, set)
    },
    caughtUp: settled,
    observations: (enterprise) =>
      history.query<Observation>(
        'SELECT * FROM observations FINAL WHERE realm = {realm:String} AND subject = {enterprise:String} ORDER BY known, id',
        { realm, enterprise },
      ),
    async points(enterprise, known = AS_KNOWN_NOW) {
      const rows = await history.query<RiskPoint>(
        `SELECT * EXCEPT (realm, policy, receipt, revision, recorded, processed) FROM (
           SELECT * FROM risk
           WHERE realm = {realm:String} AND enterprise = {enterprise:String} AND recorded <= {known:Int64}
           ORDER BY revision DESC LIMIT 1 BY effective
         ) WHERE removed = 0 ORDER BY effective`,
        { realm, enterprise, known },
      )
      return rows
    },
    async delivered() {
      await jobs.runDue()
      return delivered
    },
    async stop() {
      stopping.abort()
      await failed.catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
      await journal.close()
      await policies.close()
      await log.close()
    },
  }
}
