import { setTimeout as delay } from 'node:timers/promises'
import { createFolderSource } from '../../adapters/files/folder-source.ts'
import { createRedisEventLog } from '../../adapters/redis-streams/event-log.ts'
import { createRedisRecordIndex } from '../../adapters/redis-streams/record-index.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import { openRealmIntake } from '../../ingest/realm-intake.ts'
import { takeFiles } from '../../ingest/sources/take-files.ts'
import { COMPLAINTS, compiled, fixedClock, testSealer } from './ingest-fixture.ts'

/** What takes a dropped file in, as a process that can be killed: arguments are the folder and the Redis, as JSON. */
const { folder, redis, realm } = JSON.parse(process.argv[2] ?? '') as {
  readonly folder: string
  readonly realm: string
  readonly redis: { readonly path: string; readonly password: string }
}
const log = createRedisEventLog({ redis, maxBytesHeld: 1e9 })
const index = createRedisRecordIndex({ redis, log })
const intake = await openRealmIntake({
  realm,
  feeds: ['complaints'],
  live: undefined,
  index,
  log,
  heldBound: 1e9,
  clock: fixedClock,
  sealer: testSealer(),
})
const source = createFolderSource({ folder, clock: systemClock, settledMs: 0 })
const stop = new AbortController()
while (!stop.signal.aborted) {
  await takeFiles({
    realm,
    feed: compiled(COMPLAINTS),
    source,
    place: 'drop',
    intake,
    index,
    clock: fixedClock,
    bulk: false,
    ready: async () => undefined,
    turn: (work) => work(),
    signal: stop.signal,
    onTaken: () => stop.abort(),
  })
  await delay(5)
}
await index.close()
await log.close()
