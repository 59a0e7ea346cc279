import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { createRedisEventLog } from '../../adapters/redis-streams/event-log.ts'
import { createRedisRecordIndex } from '../../adapters/redis-streams/record-index.ts'
import type { Conversation } from '../../adapters/tcp/conversation.ts'
import type { DeviceLimits } from '../../adapters/tcp/device-limits.ts'
import { startDeviceServer } from '../../adapters/tcp/device-server.ts'
import { createGb26875Conversation } from '../../adapters/tcp/gb26875-conversation.ts'
import { createHj212Conversation } from '../../adapters/tcp/hj212-conversation.ts'
import { createSeldom } from '../../adapters/tcp/seldom.ts'
import type { EventLog } from '../../core/event-log.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import type { Observation } from '../../core/observation.ts'
import type { Reject } from '../../core/reject.ts'
import { HOUR_MS } from '../../core/time.ts'
import { encodeHj212 } from '../../ingest/decode/hj212-frame.ts'
import type { RealmIntake } from '../../ingest/intake-port.ts'
import { validateFeedPolicy } from '../../ingest/mapping/feed-policy.ts'
import { openRealmIntake } from '../../ingest/realm-intake.ts'
import type { Commit } from '../../ingest/record-index.ts'
import { type TestRedis, withRedis } from './embedded.ts'
import { compiled, fixedClock, readLog, readRejects, testSealer } from './ingest-fixture.ts'
import { type TcpDevice, tcpDevice } from './tcp-device.ts'

export const MN = '140105A8900016F000169DC0'
export const PASSWORD = '123456'
/** Devices whose MN begins so may speak, with that password. */
const ENTERED = '140105'

/** Doors for devices in front of a real intake over a real Redis, synced before each answer. */
export interface TcpDoors {
  readonly refused: string[]
  readonly notTaken: unknown[]
  /** Runs before each commit, and may fail or wait. */
  beforeCommit: (commit: Commit) => Promise<void>
  /** The log holds more than it should; measured anew when `now` has moved on. */
  pressed: boolean
  now: number
  openHj212(limits?: Partial<DeviceLimits>): Promise<void>
  openGb26875(): Promise<void>
  /** A device at the door that was opened last. */
  connected(): Promise<TcpDevice>
  observations(): Promise<readonly Observation[]>
  rejects(): Promise<readonly Reject[]>
}

/** To be called once in a test file: every test finds empty doors of its own. */
export function useTcpDoors(): TcpDoors {
  let redis: TestRedis
  let realms = 0
  let realm = ''
  let log: EventLog
  let intake: RealmIntake
  let port = 0
  let stops: (() => Promise<unknown>)[] = []
  const doors: TcpDoors = {
    refused: [],
    notTaken: [],
    beforeCommit: async () => undefined,
    pressed: false,
    now: fixedClock.now(),
    openHj212: (limits) => {
      const keepsRefused = createSeldom(HOUR_MS, 100)
      const passwordOf = (mn: string) => (mn.startsWith(ENTERED) ? PASSWORD : undefined)
      const door = { passwordOf, clock: fixedClock, zoneOffsetMinutes: 480, keepsRefused }
      return open(cityPolicy('hj212'), () => createHj212Conversation(door), limits)
    },
    openGb26875: () =>
      open(cityPolicy('gb26875'), () => createGb26875Conversation({ clock: fixedClock, zoneOffsetMinutes: 480 })),
    async connected() {
      const device = await tcpDevice(port)
      stops.push(async () => device.leave())
      return device
    },
    observations: async () => (await readLog(log, realm)).observations,
    rejects: () => readRejects(log, realm),
  }

  async function open(
    policy: FeedPolicy,
    converse: () => Conversation,
    limits: Partial<DeviceLimits> = {},
  ): Promise<void> {
    const server = await startDeviceServer({
      host: '127.0.0.1',
      port: 0,
      feed: compiled(policy, 'live'),
      intake,
      converse,
      limits,
      onRefused: (why, device) => doors.refused.push(`${why} ${device}`.trim()),
      onNotTaken: (error) => doors.notTaken.push(error),
    })
    stops.push(() => server.close())
    port = server.port
  }

  beforeAll(async () => {
    redis = await withRedis({ appendfsync: 'always' })
  })
  afterAll(() => redis.stop())

  beforeEach(async () => {
    realm = `city-${++realms}`
    doors.refused.length = 0
    doors.notTaken.length = 0
    doors.beforeCommit = async () => undefined
    doors.pressed = false
    doors.now = fixedClock.now()
    const redisLog = createRedisEventLog({ redis: redis.options, maxBytesHeld: 1e9 })
    const index = createRedisRecordIndex({ redis: redis.options, log: redisLog })
    log = redisLog
    stops = [() => redisLog.close(), () => index.close()]
    intake = await openRealmIntake({
      realm,
      feeds: ['hj212', 'gb26875'],
      live: { graceMs: 0, idleAfterMs: 60_000 },
      index: {
        ...index,
        async commit(commit) {
          await doors.beforeCommit(commit)
          await index.commit(commit)
        },
      },
      log: { heldBytes: async () => (doors.pressed ? 2 : 0) },
      heldBound: 1,
      clock: { now: () => doors.now },
      sealer: testSealer(),
    })
  })
  afterEach(async () => {
    for (const stop of stops.reverse()) await stop()
  })
  return doors
}

export function cityPolicy(feed: string): FeedPolicy {
  const file = new URL(`../../policies/city/feeds/${feed}.json`, import.meta.url)
  return validateFeedPolicy(JSON.parse(readFileSync(file, 'utf8')))
}

interface Reading {
  readonly qn?: string
  readonly flag?: string
  readonly pw?: string
  readonly mn?: string
  readonly cn?: string
  readonly cp?: string
}

const CP = 'DataTime=20260105083000;w01018-Rtd=38.6,w01018-Flag=N'

/** A realtime frame of COD that asks for an answer, with what is said otherwise. */
export function hj212Frame(reading: Reading = {}): Buffer {
  const { qn = '20260105083000001', flag = 'Flag=5;', pw = PASSWORD, mn = MN, cn = '2011', cp = CP } = reading
  return encodeHj212(`QN=${qn};ST=32;CN=${cn};PW=${pw};MN=${mn};${flag}CP=&&${cp}&&`)
}

/** Frames that differ in time and value. */
export function nthHj212Frame(n: number): Buffer {
  const second = String(n).padStart(2, '0')
  return hj212Frame({ qn: `202601050800${second}000`, cp: `DataTime=202601050800${second};w01018-Rtd=${n}` })
}

/** The data of the answer to a frame. */
export function hj212Ack(qn = '20260105083000001'): string {
  return `QN=${qn};ST=91;CN=9014;PW=${PASSWORD};MN=${MN};Flag=4;CP=&&&&`
}
