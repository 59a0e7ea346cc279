import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deviceFeeds } from '../../adapters/registration/device-feed.ts'
import { openSipDoor, type SipDoor } from '../../adapters/sip/sip-door.ts'
import { type DeviceCity, openDeviceCity } from '../support/device-city.ts'
import { NOW, readLog } from '../support/ingest-fixture.ts'
import { until } from '../support/until.ts'

const CAMERA = '14010500001320000001'
const PLATFORM = '14010000002000000001'
const SCENARIOS = join(import.meta.dirname, '../support/sip')

const MISSING = (() => {
  try {
    execFileSync('sipp', ['-v'], { stdio: 'ignore' })
    return false
  } catch (error) {
    // It ends with 99 when it is asked for its version.
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
  }
})()

describe.skipIf(MISSING)('a SIP peer that others wrote (sipp: install the Debian package sip-tester)', () => {
  let city: DeviceCity
  let door: SipDoor
  let folder: string

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fengsui-sipp-'))
    city = await openDeviceCity('gbt28181-alarms')
    let drawn = 0
    door = await openSipDoor({
      feeds: deviceFeeds(city.registry, 'gbt28181'),
      deviceOf: (device) => (device === CAMERA ? { realm: 'city', password: 'camera-secret' } : undefined),
      id: PLATFORM,
      host: '127.0.0.1',
      port: 0,
      clock: city.clock,
      random: () => (++drawn).toString(16).padStart(32, '0'),
      nonceKey: new Uint8Array(32).fill(3),
      keepaliveMs: 60_000,
      known: [],
      onError: (error) => expect.unreachable(String(error)),
    })
  })

  afterEach(async () => {
    await door.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each([
    ['UDP', 'u1'],
    ['TCP', 't1'],
  ])(
    'registers over %s with its digest, keeps alive, raises an alarm and answers its confirmation',
    async (_, transport) => {
      const proof = `[authentication username=${CAMERA} password=camera-secret]`
      writeFileSync(join(folder, 'device.csv'), `SEQUENTIAL\n${CAMERA};${proof}\n`)
      const address = door.url.slice(door.url.indexOf('@') + 1)
      const scenarios = [
        ...['-sf', join(SCENARIOS, 'register-and-alarm.xml')],
        ...['-oocsf', join(SCENARIOS, 'answer-confirmation.xml')],
        ...['-inf', join(folder, 'device.csv')],
      ]
      const once = ['-t', transport, '-s', PLATFORM, '-i', '127.0.0.1', '-m', '1', '-nostdin', '-timeout', '20s']
      // Ends with another status than 0, and so rejects, where any step was not as the scenario has it.
      await promisify(execFile)('sipp', [address, ...scenarios, ...once, '-timeout_error'], { cwd: folder })
      await until('the answer to the confirmation', () => (door.counts.own.answered === 1 ? true : undefined))
      expect(door.platformCounts).toMatchObject({
        challenged: 1,
        registered: 1,
        keepalives: 1,
        alarms: 1,
        forbidden: 0,
      })
      const { observations } = await readLog(city.log)
      expect(observations.filter(({ kind }) => kind === 'video-event')).toMatchObject([
        {
          subject: `gb28181:${CAMERA}`,
          known: NOW - 120_000,
          facts: { event: 'video.intrusion', description: 'kitchen door' },
        },
      ])
    },
  )
})
