import { brotliCompressSync } from 'node:zlib'
import { runAlerts } from '../../alerts/run-alerts.ts'
import { createRetry, type Retry } from '../../app/retry.ts'
import { Refusal, Retryable } from '../../core/errors.ts'
import type { RealmPolicy } from '../../core/policy.ts'
import { openPolicyJournal } from '../../core/policy-journal.ts'
import { SHARDS } from '../../core/shard.ts'
import type { RealmIntake } from '../../ingest/intake-port.ts'
import { openRealmIntake } from '../../ingest/realm-intake.ts'
import { ARCHIVE_PACKING, type Pack } from '../../processors/archive-row.ts'
import { patiently } from '../../processors/patiently.ts'
import { runRealm } from '../../processors/run-realm.ts'
import { runRejects } from '../../processors/run-rejects.ts'
import { testSealer } from '../support/ingest-fixture.ts'
import { REALM } from './city.ts'
import type { Life } from './network.ts'
import type { LivePorts } from './ports.ts'

/** A part that can be started again and again; ends by itself only where something is wrong. */
export interface Part {
  readonly name: string
  /** Two of it at once do no harm; of the others a site runs one (see docs/decisions/0050). */
  readonly mayBeDoubled: boolean
  /** Runs until the life is over. Errors: `Retryable` and `Refusal` end this life, and another is started. */
  run(life: Life, ports: LivePorts, signal: AbortSignal): Promise<void>
}

/** Small, so that a short life has several. */
const SNAPSHOT_BYTES = 1_000
const SNAPSHOT_MS = 4_000
const QUIET_MS = 3_000

/** The intake of the realm, behind a door that knows whether anybody is in. */
export interface IngestPart extends Part {
  open(): { readonly life: Life; readonly intake: RealmIntake } | undefined
}

/** `feeds`: all of the realm's. */
export function createIngestPart(feeds: readonly string[]): IngestPart {
  let opened: { readonly life: Life; readonly intake: RealmIntake } | undefined
  return {
    name: 'ingest',
    mayBeDoubled: false,
    open: () => (opened?.life.isDead() === true ? undefined : opened),
    async run(life, { index, log }) {
      opened = undefined
      const shared = { index, log, heldBound: 1e9, clock: life.clock, sealer: testSealer() }
      const intake = await openRealmIntake({ ...shared, realm: REALM, feeds, live: undefined })
      opened = { life, intake }
      // Each its own: what waits on one promise for all would keep every world that ever was.
      await new Promise(() => undefined)
    },
  }
}

/** Which shards each of so many processors carries. */
export function shardsOf(carrier: number, carriers: number): readonly number[] {
  return Array.from({ length: SHARDS }, (_, shard) => shard).filter((shard) => shard % carriers === carrier)
}

export function createProcessorPart(carrier: number, carriers: number, rules: RealmPolicy): Part {
  return {
    name: `process ${carrier}`,
    mayBeDoubled: true,
    async run(life, ports, signal) {
      const retry = retryOf(life, signal)
      const journal = await patiently({ retry }, () => openPolicyJournal(ports, REALM))
      const limits = { snapshotBytes: SNAPSHOT_BYTES, snapshotMs: SNAPSHOT_MS, quietMs: QUIET_MS }
      await runRealm(
        { rules, shards: shardsOf(carrier, carriers), signal, ...limits },
        {
          ...ports,
          clock: life.clock,
          pack,
          retry,
          pause: (ms, stop) => pauseOrStop(life, ms, stop),
          happened: unheard,
        },
        journal,
      )
    },
  }
}

/** At once: another thread's time is not the world's. */
const pack: Pack = async (bytes) => brotliCompressSync(bytes, ARCHIVE_PACKING)

/** A shadow that fails must fail again, or its policy is never ready: the world then does not come to rest as it should. */
function unheard(): void {}

function pauseOrStop(life: Life, ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      stop.removeEventListener('abort', wake)
      resolve()
    }
    stop.addEventListener('abort', wake)
    void life.sleep(ms).then(wake)
  })
}

/** Brings rejects into the history, as the processor of shard 0 does beside its folds. */
export function createRejectsPart(): Part {
  return {
    name: 'rejects',
    mayBeDoubled: true,
    run: (life, ports, signal) => runRejects(REALM, { ...ports, retry: retryOf(life, signal) }, signal),
  }
}

/** From risk to warnings; a site runs one. */
export function createAlertPart(policy: RealmPolicy): Part {
  return {
    name: 'alert',
    mayBeDoubled: false,
    run: (life, ports, signal) =>
      runAlerts(
        {
          ...ports,
          realm: REALM,
          policyAt: () => policy,
          clock: life.clock,
          hasAddress: () => true,
          pause: (ms) => life.sleep(ms),
          happened: () => undefined,
        },
        signal,
      ),
  }
}

function retryOf(life: Life, signal: AbortSignal): Retry {
  return createRetry(
    signal,
    () => undefined,
    (ms) => life.sleep(ms),
  )
}

/** Whether a life ended as lives may: the same is done again by the next one, from what the one before or a double has kept. */
export function isUnwell(error: unknown): boolean {
  return error instanceof Retryable || error instanceof Refusal
}
