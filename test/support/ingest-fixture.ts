import type { EventLog, LogBatch, Progress, Topic } from '../../core/event-log.ts'
import { shardCountOf } from '../../core/event-log.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import type { Observation } from '../../core/observation.ts'
import { readObservations } from '../../core/observation-line.ts'
import type { Reject } from '../../core/reject.ts'
import { type CompiledFeed, compileFeed } from '../../ingest/mapping/compile-feed.ts'
import { createSealer, type Sealer } from '../../ingest/sealed-bytes.ts'

export const NOW = Date.UTC(2026, 10, 22, 4)
export const fixedClock = { now: () => NOW }

export function testSealer(): Sealer {
  return createSealer(new Uint8Array(32).fill(7))
}

/** Complaints filed against a licence: opened, and closed when there is a completion date. */
export const COMPLAINTS: FeedPolicy = {
  feed: 'complaints',
  name: { zh: '投诉', en: 'Complaints' },
  format: 'csv',
  authority: { constant: 'samr' },
  trust: 'reported',
  lateAfterMinutes: 1440,
  required: ['number', 'licence', 'opened'],
  key: ['number'],
  subject: { kind: 'enterprise', scheme: 'licence', id: { column: 'licence' } },
  observations: [
    {
      part: 'opened',
      kind: 'complaint',
      when: [
        { column: 'opened', present: true },
        { column: 'text', notIn: ['withdrawn'] },
      ],
      known: { column: 'opened', date: 'yyyy-MM-dd' },
      facts: { text: { column: 'text' } },
    },
    {
      part: 'closed',
      kind: 'complaint-closed',
      when: [{ column: 'closed', present: true }],
      known: { column: 'closed', date: 'yyyy-MM-dd' },
    },
  ],
}

/** The same, with its versions numbered by their source. */
export const REVISED_COMPLAINTS: FeedPolicy = { ...COMPLAINTS, version: { column: 'revision' } }

/** Permits of enterprises with a unified social credit code, whose check digits are run. */
export const PERMITS: FeedPolicy = {
  feed: 'permits',
  name: { zh: '许可', en: 'Permits' },
  format: 'csv',
  authority: { constant: 'samr' },
  trust: 'verified',
  lateAfterMinutes: 1440,
  required: ['code', 'permit', 'decided'],
  key: ['permit'],
  subject: { kind: 'enterprise', scheme: 'uscc', id: { column: 'code' } },
  observations: [{ part: 'permit', kind: 'permit', known: { column: 'decided', date: 'yyyy-MM-dd' } }],
}

/** Readings of devices, as the MQTT door names their fields. */
export const READINGS: FeedPolicy = {
  feed: 'readings',
  name: { zh: '传感器', en: 'Sensors' },
  format: 'ndjson',
  authority: { constant: 'fire' },
  trust: 'device',
  lateAfterMinutes: 10,
  required: ['subject', 'device', 'metric', 't', 'v'],
  key: ['subject', 'device', 'metric', 't'],
  subject: { kind: 'enterprise', scheme: 'licence', id: { column: 'subject' } },
  district: { column: 'region' },
  observations: [
    {
      part: 'reading',
      kind: 'sensor-reading',
      known: { column: 't', date: 'epoch-ms' },
      value: { column: 'v' },
      facts: { metric: { column: 'metric' }, quality: { column: 'q' } },
    },
  ],
}

export function compiled(policy: FeedPolicy, clock: 'live' | 'event' = 'event', name = 'city'): CompiledFeed {
  const realm = { realm: name, clock, zoneOffsetMinutes: 480, placeGridMilliDegrees: 10 }
  return compileFeed(policy, realm, { personalKey: new Uint8Array(32).fill(9), legacyCodes: new Set() })
}

export interface LogContent {
  readonly batches: readonly LogBatch[]
  readonly observations: readonly Observation[]
  /** By shard, what was said of time, in order. */
  readonly progress: ReadonlyMap<number, readonly Progress[]>
}

export async function readTopic(log: EventLog, topic: Topic, realm = 'city'): Promise<readonly LogBatch[]> {
  const shards = Array.from({ length: shardCountOf(topic) }, (_, shard) => shard)
  const reader = await log.reader({ topic, realm, shards, after: new Map(), maxBytes: 1 << 24 })
  const batches: LogBatch[] = []
  for (;;) {
    const more = await reader.poll(0)
    if (more.length === 0) break
    batches.push(...more)
  }
  await reader.close()
  return batches
}

export async function readLog(log: EventLog, realm = 'city'): Promise<LogContent> {
  const batches = await readTopic(log, 'observations', realm)
  const progress = new Map<number, Progress[]>()
  for (const { shard, progress: said } of batches) progress.set(shard, [...(progress.get(shard) ?? []), ...said])
  return { batches, observations: batches.flatMap(({ bytes }) => readObservations(bytes)), progress }
}

export async function readRejects(log: EventLog, realm = 'city'): Promise<readonly Reject[]> {
  return linesOf(await readTopic(log, 'rejects', realm))
}

function linesOf<Line>(batches: readonly LogBatch[]): Line[] {
  return batches.flatMap(({ bytes, count }) => {
    const lines = Buffer.from(bytes)
      .toString()
      .split('\n')
      .filter((line) => line !== '')
    if (lines.length !== count) throw new Error(`a batch of ${count} lines has ${lines.length}`)
    return lines.map((line): Line => JSON.parse(line))
  })
}
