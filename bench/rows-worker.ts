import { setTimeout as delay } from 'node:timers/promises'
import { createFolderSource } from '../adapters/files/folder-source.ts'
import { systemClock } from '../adapters/system-clock.ts'
import { readAddresses } from '../app/addresses.ts'
import type { Config } from '../app/config.ts'
import { dataFolderAt, secret } from '../app/embedded/data-folder.ts'
import { compileFeeds, openRecordIndex } from '../app/ingest-parts.ts'
import { createLifecycle } from '../app/lifecycle.ts'
import { loadPolicySet } from '../app/policies.ts'
import { openPorts } from '../app/ports.ts'
import { type Counts, NO_COUNTS } from '../ingest/counts.ts'
import { openRealmIntake } from '../ingest/realm-intake.ts'
import { createSealer } from '../ingest/sealed-bytes.ts'
import { takeFiles } from '../ingest/sources/take-files.ts'
import { runWorker } from './worker.ts'

export interface RowsTask {
  readonly config: Config
  readonly policies: string
  readonly set: string
  readonly feed: string
  /** Holds one file. */
  readonly drop: string
}

export interface RowsTaken {
  readonly counts: Counts
  /** Most resident memory, MiB. */
  readonly peak: number
  /** What was resident before the file was opened. */
  readonly before: number
}

const MEBIBYTE = 1024 ** 2
const PRESSED_MS = 20

/** The ingest role's way of a dropped file, without its listeners. */
await runWorker(async ({ config, policies, set, feed: name, drop }: RowsTask) => {
  const lifecycle = createLifecycle()
  const folder = dataFolderAt(config.dataFolder)
  const addresses = readAddresses(folder.run)
  if (addresses === undefined) throw new Error(`nothing runs on ${folder.path}`)
  const fail = (error: Error) => process.stderr.write(`${error.message}\n`)
  const ports = await openPorts(config, addresses, lifecycle, fail)
  const index = openRecordIndex(config, addresses, ports, fail)
  lifecycle.onStop('the record index', () => index.close())
  const policySet = loadPolicySet(policies, set)
  const found = compileFeeds(policySet, secret(folder, 'personal')).get(name)
  if (found === undefined) throw new Error(`there is no feed ${name}`)
  const feed = found
  const { realm } = policySet.realm
  const intake = await openRealmIntake({
    realm,
    feeds: [...policySet.feeds.keys()],
    live: undefined,
    index,
    log: ports.log,
    heldBound: config.logBoundBytes / 2,
    clock: systemClock,
    sealer: createSealer(secret(folder, 'rejects')),
  })
  const source = createFolderSource({ folder: drop, clock: systemClock, settledMs: 0 })
  await source.find(undefined)

  async function run(): Promise<RowsTaken> {
    const before = process.memoryUsage().rss / MEBIBYTE
    let counts = NO_COUNTS
    await takeFiles({
      realm,
      feed,
      source,
      place: 'drop',
      intake,
      index,
      clock: systemClock,
      bulk: true,
      ready: async () => {
        while (await intake.isPressed()) await delay(PRESSED_MS)
      },
      turn: (work) => work(),
      signal: new AbortController().signal,
      onTaken: (_file, taken) => {
        counts = taken
      },
    })
    return { counts, before, peak: process.resourceUsage().maxRSS / 1024 }
  }
  return { run, close: () => lifecycle.stop() }
})
