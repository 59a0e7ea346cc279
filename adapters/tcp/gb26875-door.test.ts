import { describe, expect, it } from 'vitest'
import { createGb26875Splitter } from '../../ingest/decode/gb26875.ts'
import { encodeGb26875, encodeGb26875Time } from '../../ingest/decode/gb26875-frame.ts'
import { fixedClock } from '../../test/support/ingest-fixture.ts'
import { sharedVectors, VECTORS_MISSING, VECTORS_REMEDY } from '../../test/support/shared-vectors.ts'
import type { TcpDevice } from '../../test/support/tcp-device.ts'
import { useTcpDoors } from '../../test/support/tcp-doors.ts'

const doors = useTcpDoors()

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
    await doors.openGb26875()
    const device = await doors.connected()
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
    expect(await doors.observations()).toMatchObject([
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
    await doors.openGb26875()
    const device = await doors.connected()
    for (const hex of sharedVectors().gb26875_hex) device.send(Buffer.from(hex, 'hex'))
    await device.hears('##')
    expect(await doors.observations()).toMatchObject([{ part: 'fire', facts: { description: 'Ａ区１层呷哺走廊' } }])
  })

  it('denies a frame whose sum is wrong, keeps it, and takes it when it comes again, once', async () => {
    await doors.openGb26875()
    const device = await doors.connected()
    device.send(fire())
    await device.hears('##')
    const damaged = fire({ serial: 8 })
    damaged[30] = 0x55
    device.send(damaged)
    await device.hears('##', 2)
    expect(answerOf(device).subarray(30)[26]).toBe(6)
    device.send(fire({ serial: 9, at: at + 10_000 }))
    await device.hears('##', 3)
    expect(await doors.observations()).toHaveLength(1)
    expect(await doors.rejects()).toMatchObject([{ reason: 'bad-checksum', feed: 'gb26875' }])
  })

  it('denies what a stranger sends damaged, and keeps nothing of it', async () => {
    await doors.openGb26875()
    const device = await doors.connected()
    const damaged = fire()
    damaged[30] = 0x55
    device.send(Buffer.concat([damaged, damaged, damaged]))
    await device.cutOff()
    expect(doors.refused).toEqual(['bad-checksum', 'bad-checksum', 'bad-checksum'])
    expect(await doors.rejects()).toEqual([])
  })

  it('answers itself with frames that can be read', () => {
    const splitter = createGb26875Splitter()
    expect(splitter.push(fire()).map((row) => row.error)).toEqual([undefined])
  })
})
