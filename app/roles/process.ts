import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../adapters/system-clock.ts'
import { openPolicyJournal, type PolicyJournal } from '../../core/policy-journal.ts'
import { packAside } from '../../processors/archive-row.ts'
import { patiently } from '../../processors/patiently.ts'
import { runRealm } from '../../processors/run-realm.ts'
import { runRejects } from '../../processors/run-rejects.ts'
import { patientStores } from '../patient-stores.ts'
import { forEachRealm } from '../realm-roster.ts'
import type { StartRole } from './role.ts'

const SNAPSHOT_BYTES = 4_000_000
/** What came since is folded again after a kill: some seconds of it are no more than the start itself takes. */
const SNAPSHOT_MS = 20_000
const QUIET_MS = 5_000

/** From observations to risk: one host per realm, in one process. */
export const startProcess: StartRole = async ({ config, ports: opened, policies, signal, retry, logger }) => {
  const ports = patientStores(opened, retry)
  const ended = forEachRealm(ports.present, policies, signal, async ({ realm: rules }) => {
    const rejects = config.shards.includes(0) ? runRejects(rules.realm, { ...ports, retry }, signal) : Promise.resolve()
    const journal: PolicyJournal = await patiently({ retry }, () => openPolicyJournal(ports, rules.realm))
    const folds = runRealm(
      {
        rules,
        shards: config.shards,
        signal,
        snapshotBytes: SNAPSHOT_BYTES,
        snapshotMs: SNAPSHOT_MS,
        quietMs: QUIET_MS,
      },
      {
        log: ports.log,
        history: ports.history,
        present: ports.present,
        snapshots: ports.snapshots,
        clock: systemClock,
        pack: packAside,
        retry,
        pause: (ms, stop) => delay(ms, undefined, { signal: stop }).catch(() => undefined),
        happened(fact) {
          if (fact.type === 'shadow-failed') logger.error({ ...fact, err: fact.error }, fact.type)
          else if (fact.type === 'policy-differs' || fact.type === 'snapshots-damaged') logger.warn(fact, fact.type)
          else logger.info(fact, fact.type)
        },
      },
      journal,
    ).finally(() => journal.close())
    await Promise.all([folds, rejects])
  })
  return { ready: {}, ended }
}
