import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { systemClock } from '../adapters/system-clock.ts'
import type { Conversation } from '../adapters/tcp/conversation.ts'
import { startDeviceServer } from '../adapters/tcp/device-server.ts'
import { ANSWERS, answerHj212 } from '../adapters/tcp/hj212-answer.ts'
import { createHj212Conversation } from '../adapters/tcp/hj212-conversation.ts'
import { readAddresses } from '../app/addresses.ts'
import type { Config } from '../app/config.ts'
import { dataFolderAt, secret } from '../app/embedded/data-folder.ts'
import { compileFeeds, openRecordIndex } from '../app/ingest-parts.ts'
import { createLifecycle } from '../app/lifecycle.ts'
import { loadPolicySet } from '../app/policies.ts'
import { openPorts } from '../app/ports.ts'
import { SHANGHAI_OFFSET_MINUTES } from '../core/time.ts'
import { readHj212Message } from '../ingest/decode/hj212-message.ts'
import { createHj212Scanner } from '../ingest/decode/hj212-scanner.ts'
import { openRealmIntake } from '../ingest/realm-intake.ts'
import { createSealer } from '../ingest/sealed-bytes.ts'
import { DEVICE_PASSWORD } from './device-frames.ts'
import { runWorker } from './worker.ts'

export interface DoorTask {
  readonly config: Config
  readonly policies: string
  readonly set: string
  readonly feed: string
  readonly port: number
  /** The floor: the same server, every frame found and answered, nothing read out of it and nothing kept. */
  readonly isFloor: boolean
  /** The door is closed when so many frames were answered. */
  readonly frames: number
}

export interface DoorResult {
  /** Most that was resident: what is in use, and what the engine has not collected yet. */
  readonly peakMebibytes: number
  /** In use halfway through, and when all was answered: heap and buffers after a collection. */
  readonly inUseMebibytes: number
  readonly leftMebibytes: number
}

const LOOK_MS = 50
/** By then the connections of devices that have said all are gone. */
const CLOSED_MS = 500
const MEBIBYTE = 1024 ** 2

await runWorker(async (task: DoorTask) => {
  const lifecycle = createLifecycle()
  const folder = dataFolderAt(task.config.dataFolder)
  const addresses = readAddresses(folder.run)
  if (addresses === undefined) throw new Error(`nothing runs on ${folder.path}`)
  const fail = (error: unknown) => process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  const ports = await openPorts(task.config, addresses, lifecycle, fail)
  const index = openRecordIndex(task.config, addresses, ports, fail)
  lifecycle.onStop('the record index', () => index.close())
  const set = loadPolicySet(task.policies, task.set)
  const feeds = compileFeeds(set, secret(folder, 'personal'))
  const feed = feeds.get(task.feed)
  if (feed === undefined) throw new Error(`the policy set ${task.set} has no feed ${task.feed}`)
  let answered = 0
  const intake = await openRealmIntake({
    realm: set.realm.realm,
    feeds: [...feeds.keys()],
    live: { graceMs: 2_000, idleAfterMs: 30_000, sayEveryMs: 30_000 },
    index,
    log: ports.log,
    heldBound: task.config.logBoundBytes / 2,
    clock: systemClock,
    sealer: createSealer(secret(folder, 'rejects')),
    onCommitted: () => answered++,
  })
  const door = {
    passwordOf: () => DEVICE_PASSWORD,
    clock: systemClock,
    zoneOffsetMinutes: SHANGHAI_OFFSET_MINUTES,
    keepsRefused: () => true,
  }
  const server = await startDeviceServer({
    host: '127.0.0.1',
    port: task.port,
    feed,
    intake,
    converse: task.isFloor ? () => emptyHanded(() => answered++) : () => createHj212Conversation(door),
    onRefused: (why, device) => fail(`${why} ${device}`),
    onNotTaken: fail,
  })
  lifecycle.onStop('the door', () => server.close())
  let peak = 0
  return {
    async run(): Promise<DoorResult> {
      let inUse = 0
      while (answered < task.frames) {
        peak = Math.max(peak, process.memoryUsage.rss())
        if (inUse === 0 && answered > task.frames / 2) inUse = inUseMebibytes()
        await delay(LOOK_MS)
      }
      await delay(CLOSED_MS)
      return { peakMebibytes: peak / MEBIBYTE, inUseMebibytes: inUse, leftMebibytes: inUseMebibytes() }
    },
    close: () => lifecycle.stop(),
  }
})

/** A collection of some tenths of a second, which the run pays for: once within it, in tens of seconds. */
function inUseMebibytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / MEBIBYTE
}

/** Finds frames and answers them. */
function emptyHanded(count: () => void): Conversation {
  const scanner = createHj212Scanner()
  return {
    take: (chunk) =>
      scanner.push(chunk).flatMap((found) => {
        if (found.kind === 'noise') return []
        count()
        const answer = answerHj212(readHj212Message(found.data), ANSWERS.data)
        return answer === undefined ? [] : [{ answer }]
      }),
    elapse: () => [],
    end: () => [],
    isKnown: () => true,
  }
}
