import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Retryable } from '../../core/errors.ts'
import { MINUTE_MS } from '../../core/time.ts'
import { type DeviceCity, openDeviceCity } from '../../test/support/device-city.ts'
import { gbk } from '../../test/support/gbk.ts'
import { NOW, readLog, readRejects, testSealer } from '../../test/support/ingest-fixture.ts'
import { alarmXml, keepaliveXml } from '../../test/support/manscdp.ts'
import { openSipDevice, type SipDevice } from '../../test/support/sip-device.ts'
import { until } from '../../test/support/until.ts'
import { deviceFeeds } from '../registration/device-feed.ts'
import { headerOf } from './message.ts'
import { openSipDoor, type SipDoor } from './sip-door.ts'

const PLATFORM = '14010000002000000001'
const CAMERA = '14010500001320000001'
const OTHER = '14010500001320000002'
const PASSWORD = 'camera-secret'

let city: DeviceCity
let door: SipDoor
let camera: SipDevice
let errors: unknown[]
let listed: boolean
let stops: (() => unknown)[]

beforeEach(async () => {
  errors = []
  listed = true
  city = await openDeviceCity('gbt28181-alarms')
  let drawn = 0
  door = await openSipDoor({
    feeds: deviceFeeds(city.registry, 'gbt28181'),
    deviceOf: (device) => (device === CAMERA && listed ? { realm: 'city', password: PASSWORD } : undefined),
    id: PLATFORM,
    host: '127.0.0.1',
    port: 0,
    clock: city.clock,
    random: () => (++drawn).toString(16).padStart(32, '0'),
    nonceKey: new Uint8Array(32).fill(3),
    keepaliveMs: MINUTE_MS,
    known: [],
    onError: (error) => errors.push(error),
  })
  camera = await openSipDevice(door.url, CAMERA)
  stops = [() => door.close(), () => camera.close()]
})

afterEach(async () => {
  for (const stop of stops.reverse()) await stop()
  expect(errors).toEqual([])
})

const observations = async () => (await readLog(city.log)).observations
const states = async () =>
  (await observations()).filter(({ part }) => part === 'state').map(({ facts }) => [facts.state, facts.reason])
const confirmations = () => camera.heard.filter((one) => one.kind === 'request')

describe('a camera that registers', () => {
  it('is challenged, proves its password and is told the time that its alarms will bear', async () => {
    const challenged = await camera.ask({ method: 'REGISTER', headers: ['Contact: <sip:a@b>', 'Expires: 3600'] })
    expect(challenged.status).toBe(401)
    const answer = await camera.register(PASSWORD)
    expect(answer.status).toBe(200)
    expect(headerOf(answer.headers, 'date')).toBe('2026-11-22T12:00:00.000')
    expect(headerOf(answer.headers, 'expires')).toBe('3600')
    expect(await states()).toEqual([['online', 'registered']])
  })

  it.each([
    ['a wrong password', CAMERA, 'guess'],
    ['a number that nobody set up', OTHER, PASSWORD],
  ])('is forbidden with %s', async (_, device, password) => {
    const stranger = await openSipDevice(door.url, device)
    stops.push(() => stranger.close())
    expect((await stranger.register(password)).status).toBe(403)
    expect((await stranger.ask({ body: alarmXml(device, 1) })).status).toBe(403)
    expect(await observations()).toEqual([])
  })

  it('cannot be imitated with the proof that it sent', async () => {
    await camera.register(PASSWORD)
    const replayed = await camera.ask({ method: 'REGISTER', headers: ['Contact: <sip:a@b>', camera.authorization] })
    expect(replayed.status).toBe(401)
    expect(headerOf(replayed.headers, 'www-authenticate')).toContain('stale=true')
  })

  it('leaves with Expires 0, and is forbidden from then on', async () => {
    await camera.register(PASSWORD)
    city.pass(1_000)
    expect((await camera.register(PASSWORD, 0)).status).toBe(200)
    expect(await states()).toEqual([
      ['online', 'registered'],
      ['offline', 'unregistered'],
    ])
    expect((await camera.ask({ body: keepaliveXml(CAMERA, 1) })).status).toBe(403)
  })

  it('is out at once when it is taken off the list', async () => {
    await camera.register(PASSWORD)
    expect((await camera.ask({ body: keepaliveXml(CAMERA, 1) })).status).toBe(200)
    listed = false
    expect((await camera.ask({ body: keepaliveXml(CAMERA, 1) })).status).toBe(403)
  })

  it('is told when it asks for too short a time', async () => {
    const answer = await camera.register(PASSWORD, 10)
    expect([answer.status, headerOf(answer.headers, 'min-expires')]).toEqual([423, '60'])
  })
})

describe('a keepalive', () => {
  const beat = async () => (await camera.ask({ body: keepaliveXml(CAMERA, 1) })).status

  it('that stays away three times makes the device offline, at the instant of the third; one that comes brings it back', async () => {
    await camera.register(PASSWORD)
    city.pass(2 * MINUTE_MS)
    expect(await beat()).toBe(200)
    city.pass(3 * MINUTE_MS)
    await door.elapse()
    expect(await states()).toEqual([['online', 'registered']])
    city.pass(1_000)
    await door.elapse()
    await door.elapse()
    const [, offline] = await observations()
    expect(offline).toMatchObject({ kind: 'device-state', subject: `gb28181:${CAMERA}`, known: NOW + 5 * MINUTE_MS })
    city.pass(1_000)
    await beat()
    expect(await states()).toEqual([
      ['online', 'registered'],
      ['offline', 'keepalive-missed'],
      ['online', 'keepalive-back'],
    ])
  })

  it('names faulty devices once, and once more when they are well again', async () => {
    await camera.register(PASSWORD)
    for (const faulty of [[OTHER], [OTHER], []]) {
      city.pass(MINUTE_MS)
      await camera.ask({ body: keepaliveXml(CAMERA, 1, 'OK', faulty) })
    }
    const faults = (await observations()).filter(({ subject }) => subject === `gb28181:${OTHER}`)
    expect(faults.map(({ facts }) => facts.state)).toEqual(['fault', 'online'])
  })

  it('does not hold a registration that ran out', async () => {
    await camera.register(PASSWORD, 120)
    city.pass(2 * MINUTE_MS)
    expect(await beat()).toBe(403)
    await door.elapse()
    expect(await states()).toEqual([
      ['online', 'registered'],
      ['offline', 'registration-expired'],
    ])
  })

  it('is refused while its change of state cannot be made durable, and the change is not lost', async () => {
    await camera.register(PASSWORD)
    city.pass(MINUTE_MS)
    city.beforeAppend = async () => {
      throw new Retryable('log-unreachable', 'down')
    }
    const body = keepaliveXml(CAMERA, 1, 'ERROR')
    expect((await camera.ask({ body })).status).toBe(503)
    city.beforeAppend = async () => {}
    await door.elapse()
    expect(await states()).toEqual([
      ['online', 'registered'],
      ['fault', 'fault-said'],
    ])
  })
})

describe('an alarm', () => {
  it('in GBK under a header that says UTF-8 is durable when it is answered, then confirmed by the platform', async () => {
    await camera.register(PASSWORD)
    const text = alarmXml(
      CAMERA,
      17,
      '<AlarmDescription>后厨明火</AlarmDescription><Info><AlarmType>6</AlarmType></Info>',
    )
    const answer = await camera.ask({ body: gbk(text.replace('GB2312', 'UTF-8')) })
    expect(answer.status).toBe(200)
    expect((await observations()).at(-1)).toMatchObject({
      kind: 'video-event',
      subject: `gb28181:${CAMERA}`,
      trust: 'device',
      known: NOW - 2 * MINUTE_MS,
      facts: { camera: CAMERA, event: 'video.intrusion', priority: '1', description: '后厨明火' },
      source: `sip:${CAMERA}`,
    })
    const [confirmation] = await until('the confirmation', () =>
      confirmations().length > 0 ? confirmations() : undefined,
    )
    expect(confirmation).toMatchObject({ method: 'MESSAGE', body: expect.anything() })
    expect(confirmation?.body.toString().replace(/\s/g, '')).toContain(
      `<Response><CmdType>Alarm</CmdType><SN>17</SN><DeviceID>${CAMERA}</DeviceID><Result>OK</Result></Response>`,
    )
  })

  it('that is sent again is one alarm, with one confirmation, and is answered each time', async () => {
    await camera.register(PASSWORD)
    const bytes = camera.request({ body: alarmXml(CAMERA, 1), callId: 'again', cseq: 9 })
    for (let i = 0; i < 3; i++) camera.send(bytes)
    const answers = () => camera.heard.filter((one) => one.kind === 'response' && one.callId === 'again')
    await until('three answers or fewer while it was worked on', () => (answers().length > 0 ? true : undefined))
    camera.send(bytes)
    await until('an answer to the last', () => (answers().length > 1 ? true : undefined))
    expect((await observations()).filter(({ kind }) => kind === 'video-event')).toHaveLength(1)
    await until('the confirmation', () => (confirmations().length === 1 ? true : undefined))
    expect(door.platformCounts.alarms).toBe(1)
  })

  it('is not acknowledged while the log is away, and is taken when it comes again', async () => {
    await camera.register(PASSWORD)
    const bytes = camera.request({ body: alarmXml(CAMERA, 1), callId: 'later', cseq: 9 })
    const answers = () =>
      camera.heard.flatMap((one) => (one.kind === 'response' && one.callId === 'later' ? [one.status] : []))
    city.beforeAppend = async () => {
      throw new Retryable('log-unreachable', 'down')
    }
    camera.send(bytes)
    await until('the refusal', () => (answers().includes(503) ? true : undefined))
    city.beforeAppend = async () => {}
    camera.send(bytes)
    await until('the answer', () => (answers().includes(200) ? true : undefined))
    expect((await observations()).filter(({ kind }) => kind === 'video-event')).toHaveLength(1)
  })

  it('is confirmed again until the device answers, four times at most', async () => {
    await camera.register(PASSWORD)
    await camera.ask({ method: 'NOTIFY', headers: ['Event: presence'], body: alarmXml(CAMERA, 2) })
    await until('the confirmation', () => (confirmations().length === 1 ? true : undefined))
    for (let second = 0; second < 14; second++) {
      city.pass(1_000)
      await door.elapse()
    }
    await until('all confirmations', () => (confirmations().length === 4 ? true : undefined))
    expect(door.counts.own).toEqual({ answered: 0, unanswered: 1 })
  })

  it('that cannot be read is kept as a reject with its bytes, and the device is told', async () => {
    await camera.register(PASSWORD)
    const body = '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><Notify>&y;</Notify>'
    expect((await camera.ask({ body })).status).toBe(400)
    const [reject] = await readRejects(city.log)
    expect(reject).toMatchObject({ reason: 'forbidden-doctype', feed: 'gbt28181-alarms' })
    const opened = testSealer().open(reject?.id ?? '', reject?.sealed ?? '')
    expect(Buffer.from(opened).toString()).toBe(body)
  })

  it('of a command that no feed keeps is acknowledged and let go; one that nobody knows is a reject', async () => {
    await camera.register(PASSWORD)
    const ask = async (command: string) => {
      const body = `<Notify><CmdType>${command}</CmdType><SN>1</SN><DeviceID>${CAMERA}</DeviceID></Notify>`
      return (await camera.ask({ body })).status
    }
    expect([await ask('MediaStatus'), await ask('Invented')]).toEqual([200, 200])
    expect(await readRejects(city.log)).toMatchObject([{ reason: 'no-observation-applies' }])
  })
})

describe('what is no message of a device', () => {
  const raw = (text: string) => {
    const head = camera.request({ callId: 'raw', cseq: 1 }).toString()
    camera.send(Buffer.from(text.replace('$HEAD', head.slice(head.indexOf('\r\n') + 2))))
    return until('an answer', () => camera.heard.find((one) => one.kind === 'response' && one.callId === 'raw'))
  }

  it.each([
    ['another method', 'INVITE', 405],
    ['a method that SIP does not have', 'CONQUER', 405],
  ])('%s gets its status', async (_, method, status) => {
    const answer = await camera.ask({ method })
    expect([answer.status, headerOf(answer.headers, 'allow')]).toEqual([status, 'REGISTER, MESSAGE, NOTIFY'])
  })

  it('a body of another type gets 415', async () => {
    await camera.register(PASSWORD)
    expect((await camera.ask({ body: 'hello', contentType: 'text/plain' })).status).toBe(415)
  })

  it('a request line that is none gets 400', async () => {
    expect(await raw('MESSAGE somewhere SIP/2.0\r\n$HEAD')).toMatchObject({ status: 400 })
    expect(door.counts.malformed).toBe(1)
  })

  it('bytes that name nobody to answer are counted and not answered', async () => {
    camera.send(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
    await until('the count', () => (door.counts.malformed === 1 ? true : undefined))
    expect(camera.heard).toEqual([])
  })
})

describe('a device on TCP', () => {
  it('is answered on its connection, message by message, however they are cut; what is no SIP ends it', async () => {
    await camera.register(PASSWORD)
    const { port } = new URL(door.url.replace(/^sip:\d+@/, 'http://'))
    const socket = connect(Number(port), '127.0.0.1')
    stops.push(() => socket.destroy())
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    const bytes = Buffer.concat([
      camera.request({ body: keepaliveXml(CAMERA, 1), callId: 'tcp-1' }),
      Buffer.from('\r\n\r\n'),
      camera.request({ body: alarmXml(CAMERA, 5), callId: 'tcp-2' }),
    ])
    for (let at = 0; at < bytes.length; at += 97) socket.write(bytes.subarray(at, at + 97))
    await until('both answers and the confirmation', () =>
      text.match(/^SIP\/2.0 200 OK/gm)?.length === 2 && /^MESSAGE /m.test(text) ? true : undefined,
    )
    expect((await observations()).some(({ kind }) => kind === 'video-event')).toBe(true)
    socket.write('Content-Length: 999999999\r\n\r\n')
    await ended
  })
})
