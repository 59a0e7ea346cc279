import { describe, expect, it } from 'vitest'
import { createMemoryPresent } from '../adapters/memory/present.ts'
import type { Registration } from '../adapters/registration/registrar.ts'
import { knownDevices } from './known-devices.ts'

const CAMERA = '14010500001320000001'
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
