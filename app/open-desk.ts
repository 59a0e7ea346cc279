import { createOperatorClient } from '../adapters/http/operator-client.ts'
import { systemClock } from '../adapters/system-clock.ts'
import { Refusal } from '../core/errors.ts'
import { openRealmIntake } from '../ingest/realm-intake.ts'
import { openReferences } from '../ingest/references.ts'
import { createSealer } from '../ingest/sealed-bytes.ts'
import { createStewardDesk, type StewardDesk } from '../ingest/steward-desk.ts'
import type { Config } from './config.ts'
import { readDoors } from './doors.ts'
import { dataFolderAt, heldBy, secret } from './embedded/data-folder.ts'
import { compileFeeds, openRecordIndex } from './ingest-parts.ts'
import type { Lifecycle } from './lifecycle.ts'
import { commandKey } from './operator-key.ts'
import type { PolicySet } from './policies.ts'
import { openPorts } from './ports.ts'
import { retryWords } from './retry.ts'
import { openSession } from './session.ts'
import { auditOf, deskParts } from './steward-desks.ts'

/**
 * A realm's desk: that of the role which takes its rows in, where one runs, as it alone writes the index; else one of our
 * own over the stores of the data folder. `url` names an ingest role elsewhere.
 */
export async function openDesk(
  config: Config,
  set: PolicySet,
  url: string | undefined,
  lifecycle: Lifecycle,
  announce: (text: string) => void,
): Promise<StewardDesk> {
  const { realm } = set.realm
  const folder = dataFolderAt(config.dataFolder)
  if (url !== undefined) return createOperatorClient({ url, key: commandKey(folder, config.operatorKey) }, realm)
  if (heldBy(folder) !== undefined) {
    return createOperatorClient(
      { url: readDoors(folder.run).ingest, key: commandKey(folder, config.operatorKey) },
      realm,
    )
  }
  const session = await openSession(config, lifecycle, announce)
  if (session.running) {
    throw new Refusal({
      zh: '请用 --url 指明接入角色的地址',
      en: 'Name the address of the ingest role with --url http://HOST:PORT.',
    })
  }
  const ports = await openPorts(config, session.addresses, lifecycle, (error) => announce(retryWords(error)))
  const index = openRecordIndex(config, session.addresses, ports, (error) => announce(retryWords(error)))
  lifecycle.onStop('the record index', () => index.close())
  const references = await openReferences({ realm, policies: set.feeds.values(), index })
  const intake = await openRealmIntake({
    realm,
    feeds: [...set.feeds.keys()],
    live: undefined,
    index,
    log: ports.log,
    heldBound: config.logBoundBytes / 2,
    clock: systemClock,
    sealer: createSealer(secret(session.folder, 'rejects')),
    references,
  })
  lifecycle.onStop('what was taken in', () => intake.settled())
  const feeds = compileFeeds(set, secret(session.folder, 'personal'))
  const audit = auditOf(session.folder)
  return createStewardDesk(deskParts({ set, folder: session.folder, ports, index, intake, references, feeds, audit }))
}
