import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { createKafkaEventLog } from '../adapters/kafka/event-log.ts'
import { createMemoryPresent } from '../adapters/memory/present.ts'
import { systemClock } from '../adapters/system-clock.ts'
import { processed } from '../app/caught-up.ts'
import { loadPolicySet } from '../app/policies.ts'
import { createRetry } from '../app/retry.ts'
import type { EventLog } from '../core/event-log.ts'
import type { History } from '../core/history.ts'
import { laneOf, linkOf, type Snapshots } from '../core/snapshots.ts'
import { packAside } from '../processors/archive-row.ts'
import { compilePolicy } from '../processors/compile-policy.ts'
import { runProcessor } from '../processors/run-processor.ts'
import { commonJob } from './common-job.ts'
import { ALL_SHARDS } from './fold-all.ts'
import { runWorker } from './worker.ts'

export interface CommonJobTask {
  readonly brokers: readonly string[]
  readonly policies: string
  readonly set: string
  /** For the snapshots. */
  readonly folder: string
}

export interface CommonJobResult {
  /** Of shards, that fell due while it ran. */
  readonly snapshots: number
}

const LOOK_MS = 50
/** As the role has them. */
const SNAPSHOTS = { snapshotBytes: 4_000_000, snapshotMs: 60_000, quietMs: 5_000 } as const

/** Kafka to Kafka: the history gets nothing. */
const NO_HISTORY: History = {
  insert: async () => undefined,
  query: async () => [],
  command: async () => undefined,
  close: async () => undefined,
}

/** Synced, in the place of the one before, as a store would keep them. */
function fileSnapshots(folder: string): Snapshots & { saved(): number } {
  mkdirSync(folder, { recursive: true })
  let saved = 0
  return {
    saved: () => saved,
    async save(realm, role, snapshots) {
      for (const [shard, snapshot] of snapshots) {
        const { state, positions, reach } = snapshot
        const link = linkOf(snapshot)
        saved += 1
        const place = `${realm} ${role} ${shard} ${laneOf(link)} ${link.place}`
        const path = join(folder, createHash('sha256').update(place).digest('hex'))
        const file = await open(`${path}.new`, 'w')
        await file.write(Buffer.from(`${JSON.stringify({ positions, reach })}\n`))
        await file.write(state)
        await file.sync()
        await file.close()
        await rename(`${path}.new`, path)
      }
    },
    load: async () => new Map(),
    loadEach: async () => undefined,
  }
}

/** The processor's host as it always runs, without a history: ready when all that is in the log is folded and said. */
await runWorker(async ({ brokers, policies, set, folder }: CommonJobTask) => {
  const realm = commonJob(loadPolicySet(policies, set).realm)
  const stop = new AbortController()
  const kafka = createKafkaEventLog({ brokers, replicationFactor: 1, clock: systemClock })
  // The other engine reads the same topic.
  const log: EventLog = { ...kafka, trim: async () => undefined }
  const snapshots = fileSnapshots(folder)
  const ports = {
    log,
    history: NO_HISTORY,
    present: createMemoryPresent(),
    snapshots,
    clock: systemClock,
    pack: packAside,
    retry: createRetry(stop.signal, ({ message }) => process.stderr.write(`${message}\n`)),
    happened: () => undefined,
  }
  const options = { policy: compilePolicy(realm), shards: ALL_SHARDS, signal: stop.signal, ...SNAPSHOTS }
  const failed = new AbortController()
  const running = runProcessor(options, ports).catch((error: unknown) => failed.abort(error))
  const settled = () => processed(ports, realm.realm, failed.signal, LOOK_MS)
  await settled()
  return {
    async run(): Promise<CommonJobResult> {
      const before = snapshots.saved()
      await settled()
      return { snapshots: snapshots.saved() - before }
    },
    async close() {
      stop.abort()
      await running
      await kafka.close()
    },
  }
})
