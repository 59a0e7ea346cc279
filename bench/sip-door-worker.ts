import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { deviceFeeds } from '../adapters/registration/device-feed.ts'
import { createRegistrar } from '../adapters/registration/registrar.ts'
import { createStateOutbox } from '../adapters/registration/state-outbox.ts'
import { startIngestSip } from '../adapters/sip/ingest-sip.ts'
import { headerOf } from '../adapters/sip/message.ts'
import type { SipPlatform } from '../adapters/sip/platform.ts'
import { openSipDoor, type SipDoorOptions } from '../adapters/sip/sip-door.ts'
import { systemClock } from '../adapters/system-clock.ts'
import { readAddresses } from '../app/addresses.ts'
import type { Config } from '../app/config.ts'
import { dataFolderAt, secret } from '../app/embedded/data-folder.ts'
import { compileFeeds, openRecordIndex } from '../app/ingest-parts.ts'
import { createLifecycle, type Lifecycle } from '../app/lifecycle.ts'
import { loadPolicySet } from '../app/policies.ts'
import { openPorts } from '../app/ports.ts'
import { MINUTE_MS } from '../core/time.ts'
import { openRealmIntake } from '../ingest/realm-intake.ts'
import { createSealer } from '../ingest/sealed-bytes.ts'
import { SIP_PASSWORD, SIP_PLATFORM } from './sip-requests.ts'
import { runWorker } from './worker.ts'

export interface SipDoorTask {
  readonly config: Config
  readonly policies: string
  readonly set: string
  readonly port: number
  /** The floor: the same signalling port, every request read and answered, nobody's password asked and nothing kept. */
  readonly isFloor: boolean
  /** The door is closed when so many requests were answered with 200. */
  readonly answers: number
}

export interface SipDoorResult {
  readonly peakMebibytes: number
}

interface Open {
  /** Requests answered with 200 so far. */
  answered(): number
  close(): Promise<void>
}

type Place = Pick<SipDoorOptions, 'id' | 'host' | 'port' | 'clock' | 'random' | 'onError'>

const LOOK_MS = 50
/** The last answers are on their way when they are counted. */
const AFTER_MS = 1_000

await runWorker(async (task: SipDoorTask) => {
  const lifecycle = createLifecycle()
  const onError = (error: unknown) =>
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  const random = () => randomBytes(16).toString('hex')
  const place = { id: SIP_PLATFORM, host: '127.0.0.1', port: task.port, clock: systemClock, random, onError }
  const door = task.isFloor ? await openFloor(place) : await openDoor(task, place, lifecycle)
  lifecycle.onStop('the door', () => door.close())
  let peak = 0
  return {
    async run(): Promise<SipDoorResult> {
      while (door.answered() < task.answers) {
        peak = Math.max(peak, process.memoryUsage.rss())
        await delay(LOOK_MS)
      }
      return { peakMebibytes: peak / 1024 ** 2 }
    },
    async close() {
      await delay(AFTER_MS)
      await lifecycle.stop()
    },
  }
})

async function openDoor(task: SipDoorTask, place: Place, lifecycle: Lifecycle): Promise<Open> {
  const folder = dataFolderAt(task.config.dataFolder)
  const addresses = readAddresses(folder.run)
  if (addresses === undefined) throw new Error(`nothing runs on ${folder.path}`)
  const ports = await openPorts(task.config, addresses, lifecycle, place.onError)
  const index = openRecordIndex(task.config, addresses, ports, place.onError)
  lifecycle.onStop('the record index', () => index.close())
  const set = loadPolicySet(task.policies, task.set)
  const { realm } = set.realm
  const feeds = compileFeeds(set, secret(folder, 'personal'))
  const intake = await openRealmIntake({
    realm,
    feeds: [...feeds.keys()],
    live: { graceMs: 2_000, idleAfterMs: 30_000, sayEveryMs: 30_000 },
    index,
    log: ports.log,
    heldBound: task.config.logBoundBytes / 2,
    clock: systemClock,
    sealer: createSealer(secret(folder, 'rejects')),
  })
  const keyed = new Map([...feeds].map(([name, compiled]) => [name, { compiled, key: '' }]))
  const door = await openSipDoor({
    ...place,
    feeds: deviceFeeds(new Map([[realm, { clock: 'live', intake, feeds: keyed }]]), 'gbt28181'),
    deviceOf: () => ({ realm, password: SIP_PASSWORD }),
    nonceKey: randomBytes(32),
    keepaliveMs: MINUTE_MS,
    known: [],
  })
  return {
    answered: () => door.platformCounts.registered + door.platformCounts.keepalives + door.platformCounts.alarms,
    close: () => door.close(),
  }
}

/** A registration is two requests here, too: the first is challenged. */
async function openFloor(place: Place): Promise<Open> {
  let answered = 0
  const challenge = { 'WWW-Authenticate': 'Digest realm="1401000000", nonce="0", algorithm=MD5, qop="auth"' }
  const nothing = { registered: 0, challenged: 0, forbidden: 0, keepalives: 0 }
  const platform: SipPlatform = {
    counts: { ...nothing, alarms: 0, rejected: 0, setAside: 0, notTaken: 0 },
    async answer({ method, headers }) {
      if (method === 'REGISTER' && headerOf(headers, 'authorization') === undefined) {
        return { status: 401, headers: challenge }
      }
      answered++
      return { status: 200 }
    },
  }
  const registrar = createRegistrar({ keepaliveMs: MINUTE_MS })
  const server = await startIngestSip({
    ...place,
    platform,
    registrar,
    states: createStateOutbox(async () => undefined),
  })
  return { answered: () => answered, close: () => server.close() }
}
