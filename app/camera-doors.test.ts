import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryPresent } from '../adapters/memory/present.ts'
import { systemClock } from '../adapters/system-clock.ts'
import type { Present } from '../core/present.ts'
import { type DeviceCity, openDeviceCity } from '../test/support/device-city.ts'
import { readLog } from '../test/support/ingest-fixture.ts'
import { keepaliveXml } from '../test/support/manscdp.ts'
import { openSipDevice } from '../test/support/sip-device.ts'
import { openCameraDoors } from './camera-doors.ts'
import { readConfig } from './config.ts'
import { dataFolderAt } from './embedded/data-folder.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'

const CAMERA = '14010500001320000001'

let path: string
let city: DeviceCity
let present: Present
let lifecycle: Lifecycle

beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'fengsui-cameras-'))
  mkdirSync(dataFolderAt(path).keys)
  writeFileSync(join(dataFolderAt(path).keys, 'devices.json'), `{"city/gbt28181-alarms":{"${CAMERA}":"secret"}}`)
  city = await openDeviceCity('gbt28181-alarms', systemClock)
  present = createMemoryPresent()
  lifecycle = createLifecycle()
})

afterEach(async () => {
  await lifecycle.stop()
  rmSync(path, { recursive: true, force: true })
})

function open(environment: Readonly<Record<string, string>>) {
  lifecycle = createLifecycle()
  const config = readConfig(environment)
  const logger = pino({ level: 'silent' })
  const context = { config, folder: dataFolderAt(path), lifecycle, logger, ports: { present } }
  return openCameraDoors(context, city.registry, () => {})
}

describe('the doors for cameras', () => {
  it('are closed unless they are given a port', async () => {
    expect(await open({})).toEqual({ ready: {}, works: [] })
    const { ready } = await open({ FENGSUI_VIID_PORT: '0' })
    expect(ready).toEqual({ viid: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) })
  })

  it('know a camera by the passwords of its feed, and after a restart without its registering again', async () => {
    const first = await open({ FENGSUI_SIP_PORT: '0', FENGSUI_PLATFORM_ID: '14010000002000000009' })
    expect(first.ready.sip).toMatch(/^sip:14010000002000000009@127\.0\.0\.1:\d+$/)
    const before = await openSipDevice(first.ready.sip ?? '', CAMERA)
    expect((await before.register('secret')).status).toBe(200)
    for (const work of first.works) await work()
    before.close()
    await lifecycle.stop()

    const second = await open({ FENGSUI_SIP_PORT: '0' })
    const after = await openSipDevice(second.ready.sip ?? '', CAMERA)
    expect((await after.ask({ body: keepaliveXml(CAMERA, 1) })).status).toBe(200)
    after.close()
    const { observations } = await readLog(city.log)
    expect(observations.map(({ facts }) => facts.state)).toEqual(['online'])
  })

  it('refuse a platform’s number that is none', () => {
    expect(() => readConfig({ FENGSUI_PLATFORM_ID: '1401' })).toThrow(/20 digits/)
  })
})
