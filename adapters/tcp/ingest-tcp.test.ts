import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Retryable } from '../../core/errors.ts'
import type { EventLog } from '../../core/event-log.ts'
import { createGb26875Splitter } from '../../ingest/decode/gb26875.ts'
import { encodeGb26875, encodeGb26875Time } from '../../ingest/decode/gb26875-frame.ts'
import { encodeHj212 } from '../../ingest/decode/hj212-frame.ts'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { validateFeedPolicy } from '../../ingest/mapping/feed-policy.ts'
import { openRealmIntake, type RealmIntake } from '../../ingest/realm-intake.ts'
import type { Commit, RecordIndex } from '../../ingest/record-index.ts'
import { type TestRedis, withRedis } from '../../test/support/embedded.ts'
import { compiled, fixedClock, readLog, readRejects, testSealer } from '../../test/support/ingest-fixture.ts'
import { sharedVectors, VECTORS_MISSING, VECTORS_REMEDY } from '../../test/support/shared-vectors.ts'
import { type TcpDevice, tcpDevice } from '../../test/support/tcp-device.ts'
import { until } from '../../test/support/until.ts'
import { createRedisEventLog } from '../redis-streams/event-log.ts'
import { createRedisRecordIndex } from '../redis-streams/record-index.ts'
import type { DeviceLimits } from './device-limits.ts'
import { startDeviceServer } from './device-server.ts'
import { createGb26875Conversation } from './gb26875-conversation.ts'
import { createHj212Conversation } from './hj212-conversation.ts'
import { createSeldom } from './seldom.ts'

const MN = '140105A8900016F000169DC0'
const PASSWORD = '123456'
const policyOf = (feed: string) =>
  validateFeedPolicy(
    JSON.parse(readFileSync(new URL(`../../policies/city/feeds/${feed}.json`, import.meta.url), 'utf8')),
  )
const HJ212 = policyOf('hj212')
const GB26875 = policyOf('gb26875')

let redis: TestRedis
let realms = 0
beforeAll(async () => {
  redis = await withRedis({ appendfsync: 'always' })
})
afterAll(() => redis.stop())

let realm: string
let log: EventLog
let index: RecordIndex
let intake: RealmIntake
let beforeCommit: (commit: Commit) => Promise<void>
let pressed: boolean
let port: number
let refused: string[]
let notTaken: unknown[]
let stops: (() => Promise<unknown>)[]
let now: number
const clock = { now: () => now }

beforeEach(async () => {
  realm = `city-${++realms}`
  stops = []
  refused = []
  notTaken = []
  pressed = false
  now = fixedClock.now()
  beforeCommit = async () => {}
  const redisLog = createRedisEventLog({ redis: redis.options, maxBytesHeld: 1e9 })
  const redisIndex = createRedisRecordIndex({ redis: redis.options, log: redisLog })
  log = redisLog
  stops.push(
    () => redisLog.close(),
    () => redisIndex.close(),
  )
  index = {
    ...redisIndex,
    async commit(commit) {
      await beforeCommit(commit)
      await redisIndex.commit(commit)
    },
  }
  const live = { graceMs: 0, idleAfterMs: 60_000 }
  const shared = { realm, feeds: ['hj212', 'gb26875'], live, index, heldBound: 1, clock }
  const held = async () => (pressed ? 2 : 0)
  intake = await openRealmIntake({ ...shared, log: { heldBytes: held }, sealer: testSealer() })
})

afterEach(async () => {
  for (const stop of stops.reverse()) await stop()
})

async function openHj212(limits: Partial<DeviceLimits> = {}): Promise<void> {
  const passwordOf = (mn: string) => (mn.startsWith('140105') ? PASSWORD : undefined)
  const keepsRefused = createSeldom(3_600_000, 100)
  const server = await startDeviceServer({
    host: '127.0.0.1',
    port: 0,
    feed: compiled(HJ212, 'live'),
    intake,
    converse: () => createHj212Conversation({ passwordOf, clock: fixedClock, zoneOffsetMinutes: 480, keepsRefused }),
    limits,
    onRefused: (why, device) => refused.push(`${why} ${device}`.trim()),
    onNotTaken: (error) => notTaken.push(error),
  })
  stops.push(() => server.close())
  port = server.port
}

async function openGb26875(): Promise<void> {
  const server = await startDeviceServer({
    host: '127.0.0.1',
    port: 0,
    feed: compiled(GB26875, 'live'),
    intake,
    converse: () => createGb26875Conversation({ clock: fixedClock, zoneOffsetMinutes: 480 }),
    onRefused: (why, device) => refused.push(`${why} ${device}`.trim()),
    onNotTaken: (error) => notTaken.push(error),
  })
  stops.push(() => server.close())
  port = server.port
}

async function connected(): Promise<TcpDevice> {
  const device = await tcpDevice(port)
  stops.push(async () => device.leave())
  return device
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
function frame({
  qn = '20260105083000001',
  flag = 'Flag=5;',
  pw = PASSWORD,
  mn = MN,
  cn = '2011',
  cp = CP,
}: Reading = {}) {
  return encodeHj212(`QN=${qn};ST=32;CN=${cn};PW=${pw};MN=${mn};${flag}CP=&&${cp}&&`)
}
const nth = (i: number) =>
  frame({
    qn: `2026010508${String(i).padStart(7, '0')}`,
    cp: `DataTime=20260105${String(80_000 + i).padStart(6, '0')};w01018-Rtd=${i}`,
  })
const ack = (qn = '20260105083000001') => `QN=${qn};ST=91;CN=9014;PW=${PASSWORD};MN=${MN};Flag=4;CP=&&&&`
const observations = async () => (await readLog(log, realm)).observations
const rejects = () => readRejects(log, realm)

describe('the door for HJ 212', () => {
  it('makes readings of a frame and answers it, cut up as a network may', async () => {
    await openHj212()
    const device = await connected()
    device.socket.setNoDelay(true)
    for (const byte of frame()) device.socket.write(Uint8Array.of(byte))
    await device.hears(ack())
    expect(await observations()).toMatchObject([
      {
        kind: 'sensor-reading',
        subject: `mn:${MN}`,
        value: 38.6,
        known: Date.UTC(2026, 0, 5, 0, 30),
        trust: 'device',
        facts: { device: MN, metric: 'cod', quality: 'N', code: 'w01018', unit: 'mg/L' },
        source: `hj212:${MN}/20260105083000001`,
      },
    ])
  })

  it.skipIf(VECTORS_MISSING)(`answers the published hourly frame as it is published${VECTORS_REMEDY}`, async () => {
    await openHj212()
    const device = await connected()
    const { hj212 } = sharedVectors()
    const hourly = hj212.find(({ name }) => name.includes('hourly'))
    const answer = hj212.find(({ name }) => name.includes('9014'))
    device.send(hourly?.frame ?? '')
    await device.hears('\r\n')
    expect(device.heard()).toBe(answer?.frame)
    expect((await observations()).map(({ value }) => value).sort()).toEqual([121, 3.85, 62, 85.5])
  })

  it('answers only what is durable, and stops reading while too much is on its way', async () => {
    await openHj212({ framesEach: 3 })
    let release = () => {}
    const waiting = new Promise<void>((resolve) => {
      beforeCommit = () => {
        resolve()
        return new Promise((done) => {
          release = done
        })
      }
    })
    const device = await connected()
    device.send(Buffer.concat(Array.from({ length: 50 }, (_, i) => nth(i))))
    await waiting
    // Goes there and back: an answer would have come before.
    await connected()
    expect(device.heard()).toBe('')
    beforeCommit = async () => {}
    release()
    await device.hears('CN=9014', 50)
    expect(await observations()).toHaveLength(50)
  })

  it('counts a frame sent again once, also after a reconnect and under another number', async () => {
    await openHj212()
    const first = await connected()
    first.send(frame())
    await first.hears(ack())
    first.leave()
    const second = await connected()
    second.send(Buffer.concat([frame(), frame({ qn: '20260105093000001' })]))
    await second.hears(ack('20260105093000001'))
    await second.hears(ack())
    expect(await observations()).toHaveLength(1)
  })

  it('answers nothing where no answer is asked for, and reads on after noise', async () => {
    await openHj212()
    const device = await connected()
    device.send(frame({ flag: 'Flag=4;' }))
    device.send('what is this\r\n')
    device.send(nth(1))
    await device.hears('CN=9014')
    expect(device.heard().match(/##/g)).toHaveLength(1)
    expect(await observations()).toHaveLength(2)
    expect(await rejects()).toMatchObject([{ reason: 'unreadable-line', source: `hj212:${MN}` }])
  })

  it('answers each packet of a split message, and takes its time from the one that has it', async () => {
    await openHj212()
    const device = await connected()
    const packet = (number: number, cp: string) => frame({ flag: `Flag=7;PNUM=2;PNO=${number};`, cn: '2051', cp })
    device.send(packet(2, 'w21003-Avg=1.2'))
    device.send(packet(1, 'DataTime=20260105105000;w01018-Avg=40.1'))
    await device.hears('CN=9014', 2)
    const all = await observations()
    expect(all.map(({ known, value }) => [known, value]).sort()).toEqual([
      [Date.UTC(2026, 0, 5, 2, 50), 1.2],
      [Date.UTC(2026, 0, 5, 2, 50), 40.1],
    ])
  })

  it.each([
    ['a wrong password', { pw: '654321' }, 'QnRtn=3', `wrong-password ${MN}`],
    ['a device that nobody entered', { mn: 'STRANGER' }, 'QnRtn=4', 'unknown-device STRANGER'],
  ])('refuses %s, keeps nothing of it, and cuts it off when it goes on', async (_, change, code, said) => {
    await openHj212()
    const device = await connected()
    device.send(frame(change))
    await device.hears(code)
    expect(device.heard()).toContain('CN=9011')
    device.send(Buffer.concat([frame(change), frame(change), frame()]))
    await device.cutOff()
    expect(refused.slice(0, 3)).toEqual([said, said, said])
    expect(await observations()).toEqual([])
    const kept = await rejects()
    expect(kept.map(({ reason }) => reason)).toEqual(said.startsWith('wrong') ? ['wrong-password'] : [])
  })

  it('diverts a version that it does not know, and reads nothing of it as one that it does', async () => {
    await openHj212()
    const device = await connected()
    device.send(frame({ flag: 'Flag=9;' }))
    await device.hears('QnRtn=6')
    device.send(nth(1))
    await device.hears('CN=9014')
    expect(await rejects()).toMatchObject([{ reason: 'unknown-version' }])
    expect(await observations()).toHaveLength(1)
  })

  it('keeps a damaged frame with its bytes, says so, and takes it when it comes whole', async () => {
    await openHj212()
    const device = await connected()
    device.send(Buffer.from(frame().toString().replace('38.6', '88.6')))
    await device.hears('QnRtn=9')
    device.send(frame())
    await device.hears(ack())
    const [reject, ...others] = await rejects()
    expect(others).toEqual([])
    expect(reject).toMatchObject({ reason: 'bad-checksum', feed: 'hj212' })
    const sealer = testSealer()
    const bytes = sealer.open(reject?.id ?? '', reject?.sealed ?? '')
    expect(Buffer.from(bytes).toString()).toContain('88.6')
    expect((await observations()).map(({ value }) => value)).toEqual([38.6])
  })

  it('keeps as a device state what a faulty instrument shows', async () => {
    await openHj212()
    const device = await connected()
    device.send(frame({ cp: 'DataTime=20260105083000;w01018-Rtd=0.0,w01018-Flag=D;w21003-Rtd=1' }))
    await device.hears(ack())
    expect((await observations()).map(({ kind, value, facts }) => [kind, value ?? null, facts.quality]).sort()).toEqual(
      [
        ['device-state', null, 'D'],
        ['sensor-reading', 1, undefined],
      ],
    )
  })

  it('answers a request for the time with a notice and the time of Beijing', async () => {
    await openHj212()
    const device = await connected()
    device.send(frame({ cn: '1013', cp: '' }))
    await device.hears('SystemTime=20261122120000')
    expect(device.heard()).toMatch(/CN=9013.*CN=1012/s)
    expect(await observations()).toEqual([])
  })

  it('tries again while the log is out of reach, and answers then', async () => {
    await openHj212()
    let calls = 0
    beforeCommit = async () => {
      if (calls++ < 1) throw new Retryable('log-unreachable', 'down')
    }
    const device = await connected()
    device.send(frame())
    await device.hears(ack())
    expect(await observations()).toHaveLength(1)
    expect(notTaken).toEqual([])
  })

  it('reads nothing while the log holds too much', async () => {
    await openHj212()
    pressed = true
    const device = await connected()
    device.send(frame())
    await connected()
    expect(await observations()).toEqual([])
    pressed = false
    now += 1_000
    await device.hears(ack())
    expect(await observations()).toHaveLength(1)
  })

  it('answers a device that has said all and closed its side', async () => {
    await openHj212()
    const device = await connected()
    device.socket.end(frame())
    await device.hears(ack())
    await device.cutOff()
    expect(await observations()).toHaveLength(1)
  })

  it('lets go of a stranger that only sends noise, of one that says nothing, and of too many', async () => {
    await openHj212({ helloMs: 100, connections: 2 })
    const silent = await connected()
    const noisy = await connected()
    const third = await connected()
    await third.cutOff()
    noisy.send('GET / HTTP/1.1\r\n'.repeat(400))
    await noisy.cutOff()
    await silent.cutOff()
    await until('all refusals', () => (refused.length >= 3 ? true : undefined))
    expect(new Set(refused)).toEqual(new Set(['too-many', 'no-frame', 'silent']))
    expect(await rejects()).toEqual([])
  })

  it('takes a burst of reconnecting devices in few commits, and loses nothing that it answered', async () => {
    await openHj212()
    let commits = 0
    beforeCommit = async () => {
      commits++
    }
    const devices = await Promise.all(Array.from({ length: 60 }, connected))
    devices.forEach((device, i) => {
      const mn = `140105D${String(i).padStart(4, '0')}`
      device.send(
        Buffer.concat(
          Array.from({ length: 10 }, (_, minute) =>
            frame({ mn, cp: `DataTime=202601050${800 + minute}00;w01018-Rtd=${i}` }),
          ),
        ),
      )
    })
    await Promise.all(devices.map((device) => device.hears('CN=9014', 10)))
    expect(await observations()).toHaveLength(600)
    expect(commits).toBeLessThan(60)
  })
})

describe('what is kept of a rejected frame', () => {
  it('can be read again as it came', async () => {
    await openHj212()
    const device = await connected()
    device.send(frame({ cp: 'DataTime=20260105083000;w01001-Rtd=72.0;w01018-Rtd=38.6' }))
    await device.hears(ack())
    const [reject] = await rejects()
    expect(reject).toMatchObject({ reason: 'implausible-value', line: 1 })
    const bytes = testSealer().open(reject?.id ?? '', reject?.sealed ?? '')
    expect(readRows(HJ212, bytes).map((row) => row.error)).toEqual(['implausible-value', undefined])
  })
})

describe('the door for GB/T 26875.3', () => {
  const at = Date.UTC(2026, 0, 5, 0, 30)
  const fire = (change: Partial<Parameters<typeof encodeGb26875>[0]> = {}) =>
    encodeGb26875({
      serial: 7,
      at,
      offsetMinutes: 480,
      source: '0102030405ff',
      destination: '000000000001',
      command: 2,
      application: Uint8Array.of(2, 1, 1, 1, 40, 1, 0, 0, 0, 2, 0, ...Buffer.alloc(31), ...encodeGb26875Time(at, 480)),
      ...change,
    })
  const answerOf = (device: TcpDevice) => Buffer.from(device.heard(), 'latin1')

  it('confirms a fire once it is durable, under the number that it came with', async () => {
    await openGb26875()
    const device = await connected()
    device.send(fire())
    await device.hears('##')
    expect(answerOf(device)).toEqual(
      encodeGb26875({
        serial: 7,
        at: fixedClock.now(),
        offsetMinutes: 480,
        source: '000000000001',
        destination: '0102030405ff',
        command: 3,
      }),
    )
    expect(await observations()).toMatchObject([
      {
        kind: 'device-state',
        part: 'fire',
        cause: 'fire-safety',
        subject: 'gb26875:0102030405ff',
        known: at,
        facts: { condition: 'fire', component: '1.1.40.1' },
      },
    ])
  })

  it.skipIf(VECTORS_MISSING)(`takes the published fire with its description${VECTORS_REMEDY}`, async () => {
    await openGb26875()
    const device = await connected()
    for (const hex of sharedVectors().gb26875_hex) device.send(Buffer.from(hex, 'hex'))
    await device.hears('##')
    expect(await observations()).toMatchObject([{ part: 'fire', facts: { description: 'Ａ区１层呷哺走廊' } }])
  })

  it('denies a frame whose sum is wrong, keeps it, and takes it when it comes again, once', async () => {
    await openGb26875()
    const device = await connected()
    device.send(fire())
    await device.hears('##')
    const damaged = fire({ serial: 8 })
    damaged[30] = 0x55
    device.send(damaged)
    await device.hears('##', 2)
    expect(answerOf(device).subarray(30)[26]).toBe(6)
    device.send(fire({ serial: 9, at: at + 10_000 }))
    await device.hears('##', 3)
    expect(await observations()).toHaveLength(1)
    expect(await rejects()).toMatchObject([{ reason: 'bad-checksum', feed: 'gb26875' }])
  })

  it('denies what a stranger sends damaged, and keeps nothing of it', async () => {
    await openGb26875()
    const device = await connected()
    const damaged = fire()
    damaged[30] = 0x55
    device.send(Buffer.concat([damaged, damaged, damaged]))
    await device.cutOff()
    expect(refused).toEqual(['bad-checksum', 'bad-checksum', 'bad-checksum'])
    expect(await rejects()).toEqual([])
  })

  it('answers itself with frames that can be read', () => {
    const splitter = createGb26875Splitter()
    expect(splitter.push(fire()).map((row) => row.error)).toEqual([undefined])
  })
})
