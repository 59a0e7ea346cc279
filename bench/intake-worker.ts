import { systemClock } from '../adapters/system-clock.ts'
import { readAddresses } from '../app/addresses.ts'
import type { Config } from '../app/config.ts'
import { dataFolderAt, secret } from '../app/embedded/data-folder.ts'
import { compileFeeds, openRecordIndex } from '../app/ingest-parts.ts'
import { createLifecycle } from '../app/lifecycle.ts'
import { loadPolicySet } from '../app/policies.ts'
import { openPorts } from '../app/ports.ts'
import { openRealmIntake } from '../ingest/realm-intake.ts'
import { createSealer } from '../ingest/sealed-bytes.ts'
import { sendCity } from './send-city.ts'
import { runWorker } from './worker.ts'

export interface IntakeTask {
  readonly config: Config
  readonly policies: string
  readonly set: string
  /** Taken in before anything is measured. */
  readonly stock: string | undefined
  readonly bodies: string
}

/** The ingest role without its HTTP listener: bytes to the log. */
await runWorker(async ({ config, policies, set, stock, bodies }: IntakeTask) => {
  const lifecycle = createLifecycle()
  const folder = dataFolderAt(config.dataFolder)
  const addresses = readAddresses(folder.run)
  if (addresses === undefined) throw new Error(`nothing runs on ${folder.path}`)
  const fail = (error: Error) => process.stderr.write(`${error.message}\n`)
  const ports = await openPorts(config, addresses, lifecycle, fail)
  const index = openRecordIndex(config, addresses, ports, fail)
  lifecycle.onStop('the record index', () => index.close())
  const policySet = loadPolicySet(policies, set)
  const feeds = compileFeeds(policySet, secret(folder, 'personal'))
  const intake = await openRealmIntake({
    realm: policySet.realm.realm,
    feeds: [...feeds.keys()],
    live: undefined,
    index,
    log: ports.log,
    heldBound: config.logBoundBytes / 2,
    clock: systemClock,
    sealer: createSealer(secret(folder, 'rejects')),
  })
  if (stock !== undefined) await sendCity(stock, feeds, intake)
  return { run: () => sendCity(bodies, feeds, intake), close: () => lifecycle.stop() }
})
