import { systemClock } from '../../adapters/system-clock.ts'
import { compilePolicy } from '../../processors/compile-policy.ts'
import { runProcessor } from '../../processors/run-processor.ts'
import { runRejects } from '../../processors/run-rejects.ts'
import { forEachRealm } from '../realm-roster.ts'
import type { StartRole } from './role.ts'

const SNAPSHOT_BYTES = 4_000_000
const QUIET_MS = 5_000

/** From observations to risk: one host per realm, in one process. */
export const startProcess: StartRole = async ({ config, ports, policies, signal, retry, logger }) => ({
  ready: {},
  ended: forEachRealm(ports.present, policies, signal, async (set) => {
    const rejects = config.shards.includes(0)
      ? runRejects(set.realm.realm, { ...ports, retry }, signal)
      : Promise.resolve()
    const processor = runProcessor(
      {
        policy: compilePolicy(set.realm),
        shards: config.shards,
        signal,
        snapshotBytes: SNAPSHOT_BYTES,
        quietMs: QUIET_MS,
      },
      {
        log: ports.log,
        history: ports.history,
        present: ports.present,
        snapshots: ports.snapshots,
        clock: systemClock,
        retry,
        happened: (fact) => logger.info(fact, fact.type),
      },
    )
    await Promise.all([processor, rejects])
  }),
})
