import { createServer } from 'node:net'
import { Aedes } from 'aedes'
import { startIngestBroker } from '../adapters/mqtt/ingest-broker.ts'
import { systemClock } from '../adapters/system-clock.ts'
import { readAddresses } from '../app/addresses.ts'
import type { Config } from '../app/config.ts'
import { dataFolderAt, secret } from '../app/embedded/data-folder.ts'
import { compileFeeds, openRecordIndex } from '../app/ingest-parts.ts'
import { createLifecycle, type Lifecycle } from '../app/lifecycle.ts'
import { loadPolicySet } from '../app/policies.ts'
import { openPorts } from '../app/ports.ts'
import { openRealmIntake } from '../ingest/realm-intake.ts'
import { createSealer } from '../ingest/sealed-bytes.ts'
import { runWorker } from './worker.ts'

export interface MqttDoorTask {
  readonly config: Config
  readonly policies: string
  readonly set: string
  readonly port: number
  readonly key: string
  /** The floor: the same broker, whose handler does nothing. */
  readonly empty: boolean
  /** It has done its work when it has taken so many. */
  readonly messages: number
}

const LIVE = { graceMs: 2_000, idleAfterMs: 30_000, sayEveryMs: 30_000 }

/** The front door for sensors in a process of its own, as the ingest role carries it. */
await runWorker(async (task: MqttDoorTask) => {
  const lifecycle = createLifecycle()
  const counter = createCounter(task.messages)
  if (task.empty) await openEmpty(task, counter.taken, lifecycle)
  else await openDoor(task, counter.taken, lifecycle)
  return { run: () => counter.all, close: () => lifecycle.stop() }
})

function createCounter(messages: number) {
  let count = 0
  let reached = () => {}
  const all = new Promise<void>((resolve) => {
    reached = resolve
  })
  return {
    all,
    taken(more: number) {
      count += more
      if (count >= messages) reached()
    },
  }
}

async function openEmpty(
  { port }: MqttDoorTask,
  taken: (messages: number) => void,
  lifecycle: Lifecycle,
): Promise<void> {
  const broker = await Aedes.createBroker({
    authenticate: (_client, _username, _password, done) => done(null, true),
    authorizePublish(_client, _packet, done) {
      taken(1)
      done(null)
    },
  })
  const server = createServer((socket) => broker.handle(socket))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  lifecycle.onStop('the empty door', () => new Promise((resolve) => broker.close(() => server.close(() => resolve()))))
}

async function openDoor(task: MqttDoorTask, taken: (messages: number) => void, lifecycle: Lifecycle): Promise<void> {
  const { config, policies, set, port, key } = task
  const folder = dataFolderAt(config.dataFolder)
  const addresses = readAddresses(folder.run)
  if (addresses === undefined) throw new Error(`nothing runs on ${folder.path}`)
  const fail = (error: unknown) => process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  const ports = await openPorts(config, addresses, lifecycle, fail)
  const index = openRecordIndex(config, addresses, ports, fail)
  lifecycle.onStop('the record index', () => index.close())
  const policySet = loadPolicySet(policies, set)
  const compiled = compileFeeds(policySet, secret(folder, 'personal'))
  const realm = policySet.realm.realm
  const intake = await openRealmIntake({
    realm,
    feeds: [...compiled.keys()],
    live: LIVE,
    index,
    log: ports.log,
    heldBound: config.logBoundBytes / 2,
    clock: systemClock,
    sealer: createSealer(secret(folder, 'rejects')),
    onCommitted: ({ rows }) => taken(rows.length),
  })
  const feeds = new Map([...compiled].map(([name, feed]) => [name, { compiled: feed, key }]))
  const broker = await startIngestBroker({
    registry: new Map([[realm, { clock: policySet.realm.clock, intake, feeds }]]),
    clock: systemClock,
    host: '127.0.0.1',
    port,
    onNotTaken: fail,
    onIgnored: fail,
  })
  lifecycle.onStop('the door', () => broker.close())
}
