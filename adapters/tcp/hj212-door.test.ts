import { describe, expect, it } from 'vitest'
import { readRows } from '../../ingest/decode/row-reader.ts'
import { testSealer } from '../../test/support/ingest-fixture.ts'
import { sharedVectors, VECTORS_MISSING, VECTORS_REMEDY } from '../../test/support/shared-vectors.ts'
import { cityPolicy, hj212Ack, hj212Frame, MN, nthHj212Frame, useTcpDoors } from '../../test/support/tcp-doors.ts'

const doors = useTcpDoors()

describe('the door for HJ 212', () => {
  it('makes readings of a frame and answers it, cut up as a network may', async () => {
    await doors.openHj212()
    const device = await doors.connected()
    device.socket.setNoDelay(true)
    for (const byte of hj212Frame()) device.socket.write(Uint8Array.of(byte))
    await device.hears(hj212Ack())
    expect(await doors.observations()).toMatchObject([
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
    await doors.openHj212()
    const device = await doors.connected()
    const { hj212 } = sharedVectors()
    const hourly = hj212.find(({ name }) => name.includes('hourly'))
    const answer = hj212.find(({ name }) => name.includes('9014'))
    device.send(hourly?.frame ?? '')
    await device.hears('\r\n')
    expect(device.heard()).toBe(answer?.frame)
    expect((await doors.observations()).map(({ value }) => value).sort()).toEqual([121, 3.85, 62, 85.5])
  })

  it('counts a frame sent again once, also after a reconnect and under another number', async () => {
    await doors.openHj212()
    const first = await doors.connected()
    first.send(hj212Frame())
    await first.hears(hj212Ack())
    first.leave()
    const second = await doors.connected()
    second.send(Buffer.concat([hj212Frame(), hj212Frame({ qn: '20260105093000001' })]))
    await second.hears(hj212Ack('20260105093000001'))
    await second.hears(hj212Ack())
    expect(await doors.observations()).toHaveLength(1)
  })

  it('takes what a device says later of the same instant as a new version, whichever comes first', async () => {
    await doors.openHj212()
    const device = await doors.connected()
    const said = (qn: string, value: number) => hj212Frame({ qn, cp: `DataTime=20260105083000;w01018-Rtd=${value}` })
    device.send(said('20260105090000000', 41))
    await device.hears('CN=9014')
    device.send(said('20260105083000001', 40))
    await device.hears('CN=9014', 2)
    // Each version takes back what it has not itself: a part that stands has no tombstone.
    const standing = (await doors.observations()).filter(({ gone }) => gone === 0)
    const versions = standing.toSorted((left, right) => right.version - left.version)
    expect(versions.map(({ value }) => value)).toEqual([41, 40])
    expect(new Set(versions.map(({ id }) => id)).size).toBe(1)
  })

  it('answers nothing where no answer is asked for, and reads on after noise', async () => {
    await doors.openHj212()
    const device = await doors.connected()
    device.send(hj212Frame({ flag: 'Flag=4;' }))
    device.send('what is this\r\n')
    device.send(nthHj212Frame(1))
    await device.hears('CN=9014')
    expect(device.heard().match(/##/g)).toHaveLength(1)
    expect(await doors.observations()).toHaveLength(2)
    expect(await doors.rejects()).toMatchObject([{ reason: 'unreadable-line', source: `hj212:${MN}` }])
  })

  it('goes on with the devices of a gateway that also carries one that nobody entered', async () => {
    await doors.openHj212()
    const gateway = await doors.connected()
    gateway.send(nthHj212Frame(0))
    for (let i = 1; i < 6; i++) gateway.send(Buffer.concat([hj212Frame({ mn: 'STRANGER' }), nthHj212Frame(i)]))
    await gateway.hears('CN=9014', 6)
    await gateway.hears('QnRtn=4', 5)
    expect(await doors.observations()).toHaveLength(6)
  })

  it('answers each packet of a split message, and takes its time from the one that has it', async () => {
    await doors.openHj212()
    const device = await doors.connected()
    const packet = (number: number, cp: string) => hj212Frame({ flag: `Flag=7;PNUM=2;PNO=${number};`, cn: '2051', cp })
    device.send(packet(2, 'w21003-Avg=1.2'))
    device.send(packet(1, 'DataTime=20260105105000;w01018-Avg=40.1'))
    await device.hears('CN=9014', 2)
    const all = await doors.observations()
    expect(all.map(({ known, value }) => [known, value]).sort()).toEqual([
      [Date.UTC(2026, 0, 5, 2, 50), 1.2],
      [Date.UTC(2026, 0, 5, 2, 50), 40.1],
    ])
  })

  it.each([
    ['a wrong password', { pw: '654321' }, 'QnRtn=3', `wrong-password ${MN}`],
    ['a device that nobody entered', { mn: 'STRANGER' }, 'QnRtn=4', 'unknown-device STRANGER'],
  ])('refuses %s, keeps nothing of it, and cuts it off when it goes on', async (_, change, code, said) => {
    await doors.openHj212()
    const device = await doors.connected()
    device.send(hj212Frame(change))
    await device.hears(code)
    expect(device.heard()).toContain('CN=9011')
    device.send(Buffer.concat([hj212Frame(change), hj212Frame(change), hj212Frame()]))
    await device.cutOff()
    expect(doors.refused.slice(0, 3)).toEqual([said, said, said])
    expect(await doors.observations()).toEqual([])
    const kept = await doors.rejects()
    expect(kept.map(({ reason }) => reason)).toEqual(said.startsWith('wrong') ? ['wrong-password'] : [])
  })

  it('diverts a version that it does not know, and reads nothing of it as one that it does', async () => {
    await doors.openHj212()
    const device = await doors.connected()
    device.send(hj212Frame({ flag: 'Flag=9;' }))
    await device.hears('QnRtn=6')
    device.send(nthHj212Frame(1))
    await device.hears('CN=9014')
    expect(await doors.rejects()).toMatchObject([{ reason: 'unknown-version' }])
    expect(await doors.observations()).toHaveLength(1)
  })

  it('keeps a damaged frame with its bytes, says so, and takes it when it comes whole', async () => {
    await doors.openHj212()
    const device = await doors.connected()
    device.send(Buffer.from(hj212Frame().toString().replace('38.6', '88.6')))
    await device.hears('QnRtn=9')
    device.send(hj212Frame())
    await device.hears(hj212Ack())
    const [reject, ...others] = await doors.rejects()
    expect(others).toEqual([])
    expect(reject).toMatchObject({ reason: 'bad-checksum', feed: 'hj212' })
    const sealer = testSealer()
    const bytes = sealer.open(reject?.id ?? '', reject?.sealed ?? '')
    expect(Buffer.from(bytes).toString()).toContain('88.6')
    expect((await doors.observations()).map(({ value }) => value)).toEqual([38.6])
  })

  it('keeps as a device state what a faulty instrument shows', async () => {
    await doors.openHj212()
    const device = await doors.connected()
    device.send(hj212Frame({ cp: 'DataTime=20260105083000;w01018-Rtd=0.0,w01018-Flag=D;w21003-Rtd=1' }))
    await device.hears(hj212Ack())
    expect(
      (await doors.observations()).map(({ kind, value, facts }) => [kind, value ?? null, facts.quality]).sort(),
    ).toEqual([
      ['device-state', null, 'D'],
      ['sensor-reading', 1, undefined],
    ])
  })

  it('answers a request for the time with a notice and the time of Beijing', async () => {
    await doors.openHj212()
    const device = await doors.connected()
    device.send(hj212Frame({ cn: '1013', cp: '' }))
    await device.hears('SystemTime=20261122120000')
    expect(device.heard()).toMatch(/CN=9013.*CN=1012/s)
    expect(await doors.observations()).toEqual([])
  })
})

describe('what is kept of a rejected frame', () => {
  it('can be read again as it came', async () => {
    await doors.openHj212()
    const device = await doors.connected()
    device.send(hj212Frame({ cp: 'DataTime=20260105083000;w01001-Rtd=72.0;w01018-Rtd=38.6' }))
    await device.hears(hj212Ack())
    const [reject] = await doors.rejects()
    expect(reject).toMatchObject({ reason: 'implausible-value', line: 1 })
    const bytes = testSealer().open(reject?.id ?? '', reject?.sealed ?? '')
    expect(readRows(cityPolicy('hj212'), bytes).map((row) => row.error)).toEqual(['implausible-value', undefined])
  })
})
