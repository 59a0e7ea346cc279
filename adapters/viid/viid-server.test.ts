import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Retryable } from '../../core/errors.ts'
import { MINUTE_MS } from '../../core/time.ts'
import type { ViidDropped } from '../../ingest/decode/viid-objects.ts'
import { type DeviceCity, openDeviceCity } from '../../test/support/device-city.ts'
import { NOW, readLog, readRejects, testSealer } from '../../test/support/ingest-fixture.ts'
import { answerDigest } from '../../test/support/sip-device.ts'
import { deviceFeeds } from '../registration/device-feed.ts'
import { startViidServer, type ViidServer } from './viid-server.ts'

const LIBRARY = '14010500005030000001'
const GATE = '14010500001190000001'
const PASSWORD = 'library-secret'
const SECRET = 'BASE64-OF-A-FACE'

let city: DeviceCity
let server: ViidServer
let dropped: [string, ViidDropped][]

beforeEach(async () => {
  dropped = []
  city = await openDeviceCity('gat1400')
  let drawn = 0
  server = await startViidServer({
    feeds: deviceFeeds(city.registry, 'gat1400'),
    deviceOf: (device) => (device === LIBRARY ? { realm: 'city', password: PASSWORD } : undefined),
    id: '14010000005030000000',
    host: '127.0.0.1',
    port: 0,
    clock: city.clock,
    random: () => (++drawn).toString(16).padStart(8, '0'),
    nonceKey: new Uint8Array(32).fill(4),
    keepaliveMs: MINUTE_MS,
    known: [],
    onDropped: (realm, counts) => dropped.push([realm, counts]),
    onInternalError: (error) => expect.unreachable(String(error)),
  })
})

afterEach(() => server.close())

interface Said {
  readonly status: number
  readonly challenge: string
  readonly body: Record<string, unknown>
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Said> {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/VIID+JSON', 'user-identify': LIBRARY, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const challenge = response.headers.get('www-authenticate') ?? ''
  return { status: response.status, challenge, body: (await response.json()) as Record<string, unknown> }
}

async function register(password = PASSWORD, user = LIBRARY): Promise<Said> {
  const path = '/VIID/System/Register'
  const body = { RegisterObject: { DeviceID: user } }
  const { challenge } = await post(path, body, { 'user-identify': user })
  const authorization = answerDigest(challenge, user, password, path, 'POST')
  return post(path, body, { 'user-identify': user, authorization })
}

const notification = (lists: object, id = 'n-1') => ({
  SubscribeNotificationListObject: {
    SubscribeNotificationObject: [{ NotificationID: id, TriggerTime: '20261122115800', ...lists }],
  },
})
const FACES = {
  FaceObjectList: { FaceObject: [{ FaceID: '1', SubImageList: { SubImageInfoObject: [{ Data: SECRET }] } }, {}] },
}
const PERSONS = { PersonObjectList: { PersonObject: [{ PersonID: '1', Name: SECRET }] } }
const VEHICLES = {
  MotorVehicleObjectList: {
    MotorVehicleObject: [
      { MotorVehicleID: 'm-1', DeviceID: GATE, PassTime: '20261122115759', PlateNo: '晋A12345', StorageUrl1: SECRET },
    ],
  },
}

describe('a view library that registers', () => {
  it('proves its password, is taken at its number from then on, and is told the time', async () => {
    expect((await post('/VIID/System/Keepalive', { KeepaliveObject: { DeviceID: LIBRARY } })).status).toBe(401)
    const { status, body } = await register()
    expect(status).toBe(200)
    expect(body).toMatchObject({ ResponseStatusObject: { StatusCode: '0', LocalTime: '20261122120000' } })
    expect((await post('/VIID/System/Keepalive', { KeepaliveObject: { DeviceID: LIBRARY } })).status).toBe(200)
    const time = await fetch(`${server.url}/VIID/System/Time`, { headers: { 'user-identify': LIBRARY } })
    expect(await time.json()).toMatchObject({
      SystemTimeObject: { LocalTime: '20261122120000', TimeZone: 'Asia/Shanghai' },
    })
  })

  it.each([
    ['a wrong password', 'guess', LIBRARY],
    ['a number that nobody set up', PASSWORD, GATE],
  ])('is forbidden with %s', async (_, password, user) => {
    expect((await register(password, user)).status).toBe(403)
    expect((await post('/VIID/APEs', { APEListObject: {} }, { 'user-identify': user })).status).toBe(401)
  })

  it('is offline when three keepalives stay away', async () => {
    await register()
    city.pass(3 * MINUTE_MS + 1)
    await server.elapse()
    const { observations } = await readLog(city.log)
    expect(observations.map(({ facts }) => [facts.state, facts.reason])).toEqual([
      ['online', 'registered'],
      ['offline', 'keepalive-missed'],
    ])
  })
})

describe('a notification', () => {
  beforeEach(async () => {
    await register()
  })

  it('with faces and persons among vehicles brings the vehicles; the others are dropped and counted', async () => {
    const { status, body } = await post(
      '/VIID/SubscribeNotifications',
      notification({ ...FACES, ...VEHICLES, ...PERSONS }),
    )
    expect(status).toBe(200)
    expect(body).toMatchObject({ ResponseStatusListObject: { ResponseStatusObject: [{ StatusCode: '0' }] } })
    expect(dropped).toEqual([['city', { faces: 2, persons: 1, images: 0, others: 0 }]])
    const { observations, batches } = await readLog(city.log)
    expect(observations.at(-1)).toMatchObject({
      kind: 'video-event',
      subject: `gb28181:${GATE}`,
      known: NOW - 121_000,
      facts: { event: 'motor-vehicle', plate: expect.stringMatching(/^tk:/) },
    })
    const log = batches.map(({ bytes }) => Buffer.from(bytes).toString()).join('')
    expect(log).not.toMatch(/BASE64|Face|晋A12345/)
  })

  it('of faces on a path of their own is taken, dropped and counted', async () => {
    expect((await post('/VIID/Faces', { FaceListObject: { FaceObject: [{}, {}, {}] } })).status).toBe(200)
    expect(dropped).toEqual([['city', { faces: 3, persons: 0, images: 0, others: 0 }]])
    expect(await readRejects(city.log)).toEqual([])
  })

  it('that is rejected keeps nothing of the faces beside it', async () => {
    const broken = { ThingObjectList: { ThingObject: [{ ThingID: 't', DeviceID: GATE, AppearTime: 'yesterday' }] } }
    await post('/VIID/SubscribeNotifications', notification({ ...FACES, ...broken }))
    const [reject] = await readRejects(city.log)
    expect(reject).toMatchObject({ reason: 'bad-date' })
    const opened = Buffer.from(testSealer().open(reject?.id ?? '', reject?.sealed ?? '')).toString()
    expect(opened).toContain('yesterday')
    expect(opened).not.toContain(SECRET)
  })

  it('that is no JSON is a reject without its bytes, and its sender is told', async () => {
    const { status, body } = await post('/VIID/SubscribeNotifications', `{"FaceObjectList":[{"Data":"${SECRET}"`)
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining('"StatusCode":"7"')])
    const [reject] = await readRejects(city.log)
    const opened = Buffer.from(testSealer().open(reject?.id ?? '', reject?.sealed ?? '')).toString()
    expect(Object.keys(JSON.parse(opened))).toEqual(['bytes', 'hash'])
  })

  it('that cannot be made durable is refused, and nothing of it is counted', async () => {
    city.beforeAppend = async () => {
      throw new Retryable('log-unreachable', 'down')
    }
    const { status } = await post('/VIID/SubscribeNotifications', notification({ ...FACES, ...VEHICLES }))
    expect(status).toBe(503)
    expect(dropped).toEqual([])
  })

  it('of devices says which are there', async () => {
    const list = { APEListObject: { APEObject: [{ ApeID: GATE, Name: '北门', IPAddr: '10.0.0.9', IsOnline: '2' }] } }
    await post('/VIID/APEs', list)
    const { observations } = await readLog(city.log)
    expect(observations.at(-1)).toMatchObject({
      kind: 'device-state',
      subject: `gb28181:${GATE}`,
      facts: { state: 'offline' },
    })
    expect(JSON.stringify(observations)).not.toContain('10.0.0.9')
  })

  it.each([
    ['a body over 8 MB', '/VIID/Faces', `{"a":"${'x'.repeat(9_000_000)}"}`, {}, 413],
    ['another type of content', '/VIID/Faces', '{}', { 'content-type': 'text/plain' }, 415],
    ['a path that is none', '/VIID/Secrets', '{}', {}, 404],
    ['another than itself', '/VIID/System/Keepalive', '{"KeepaliveObject":{"DeviceID":"x"}}', {}, 403],
    ['a keepalive without a number', '/VIID/System/Keepalive', 'null', {}, 400],
  ])('%s is refused', async (_, path, body, headers, status) => {
    expect((await post(path, body, headers)).status).toBe(status)
  })
})
