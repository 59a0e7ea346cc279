import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryPresent } from '../adapters/memory/present.ts'
import type { Registration } from '../adapters/registration/registrar.ts'
import { Refusal } from '../core/errors.ts'
import { deviceKeys } from './device-keys.ts'
import { type DataFolder, dataFolderAt } from './embedded/data-folder.ts'
import { knownDevices } from './known-devices.ts'

const CAMERA = '14010500001320000001'
let folder: DataFolder
let told: unknown[]

beforeEach(() => {
  told = []
  folder = dataFolderAt(mkdtempSync(join(tmpdir(), 'fengsui-keys-')))
  mkdirSync(folder.keys)
})

afterEach(() => rmSync(folder.path, { recursive: true, force: true }))

const write = (text: string) => writeFileSync(join(folder.keys, 'gb28181.json'), text)
const open = () => deviceKeys(folder, 'gb28181.json', (error) => told.push(error))

describe('passwords of devices', () => {
  it('are nobody’s without a file, and are read again when it changes', () => {
    const keyOf = open()
    expect(keyOf(CAMERA)).toBeUndefined()
    write(`{"city/${CAMERA}": "one"}`)
    expect(keyOf(CAMERA)).toEqual({ realm: 'city', password: 'one' })
    write('{}')
    expect(keyOf(CAMERA)).toBeUndefined()
  })

  it('stay as they were when the file is broken while they are in use, and somebody is told once', () => {
    write(`{"city/${CAMERA}": "one"}`)
    const keyOf = open()
    write('{"city/')
    expect([keyOf(CAMERA)?.password, keyOf(CAMERA)?.password]).toEqual(['one', 'one'])
    expect(told).toEqual([expect.any(Refusal)])
  })

  it.each([
    ['no JSON', '{"city/'],
    ['a list', '[]'],
    ['a name without its realm', `{"${CAMERA}": "one"}`],
    ['an empty password', `{"city/${CAMERA}": ""}`],
    ['one device in two realms', `{"city/${CAMERA}": "one", "demo/${CAMERA}": "one"}`],
  ])('with %s are refused at the start', (_, text) => {
    write(text)
    expect(open).toThrow(Refusal)
  })
})

describe('registrations over a restart', () => {
  const registration: Registration = {
    device: CAMERA,
    realm: 'city',
    address: '10.0.0.2',
    expires: 9_000,
    heard: 5_000,
    online: true,
    healthy: true,
    faulty: [],
  }

  it('come back with the time of their keepalives before them; who left does not', async () => {
    const present = createMemoryPresent()
    const { save } = await knownDevices(present, ['city'], 'gb28181', 0)
    await save([registration, { ...registration, device: '14010500001320000002' }])
    await save([registration])
    expect((await knownDevices(present, ['city'], 'gb28181', 7_000)).known).toEqual([{ ...registration, heard: 7_000 }])
    expect((await knownDevices(present, ['city'], 'gat1400', 7_000)).known).toEqual([])
  })
})
