import { describe, expect, it } from 'vitest'
import { readViid } from './gat1400.ts'
import { readRows } from './row-reader.ts'

const FEED = { format: 'gat1400', required: ['device', 'time'] } as const
const GATE = '14010500001190000001'
const PICTURES = { SubImageList: { SubImageInfoObject: [{ Data: 'SECRET' }, { Data: 'SECRET' }] } }

const notification = (lists: object) => ({
  SubscribeNotificationListObject: {
    SubscribeNotificationObject: [
      {
        NotificationID: 'n-1',
        SubscribeID: 's-1',
        Title: 'SECRET',
        TriggerTime: '20260105083000',
        InfoIDs: 'a,b',
        ...lists,
      },
    ],
  },
})
const bytesOf = (body: unknown) => Buffer.from(JSON.stringify(body))
const rawText = (rows: readonly { readonly raw: Uint8Array }[]) =>
  rows.map(({ raw }) => Buffer.from(raw).toString()).join('\n')

const MIXED = notification({
  FaceObjectList: { FaceObject: [{ FaceID: 'f1', Name: 'SECRET' }, { FaceID: 'f2' }] },
  PersonObjectList: { PersonObject: { PersonID: 'p1', IDNumber: 'SECRET' } },
  ImageList: { Image: [{ Data: 'SECRET' }] },
  CaseObjectList: { CaseObject: [{ CaseID: 'SECRET' }] },
  MotorVehicleObjectList: {
    MotorVehicleObject: [
      {
        MotorVehicleID: 'm1',
        DeviceID: GATE,
        PassTime: '20260105082959',
        PlateNo: '晋A12345',
        DriverFace: 'SECRET',
        ...PICTURES,
      },
    ],
  },
  LaneObjectList: { LaneObject: [{ TollgateID: GATE, LaneId: 3, Name: '东一' }] },
  DeviceStatusList: { APEStatusObject: [{ ApeID: GATE, IsOnline: '2', CurrentTime: '20260105083001' }] },
})

describe('a notification of GA/T 1400', () => {
  it('gives vehicles, lanes and the state of devices, one a row, at Beijing’s time', () => {
    const rows = readRows(FEED, bytesOf(MIXED))
    expect(rows.map(({ fields }) => fields)).toMatchObject([
      { object: 'motor-vehicle', id: 'm1', device: GATE, time: '2026-01-05T08:29:59+08:00', PlateNo: '晋A12345' },
      { object: 'lane', id: '3', device: GATE, time: '2026-01-05T08:30:00+08:00', notification: 'n-1' },
      { object: 'device-status', device: GATE, state: 'offline', time: '2026-01-05T08:30:01+08:00' },
    ])
  })

  it('drops faces, persons and pictures before anything else, and counts them', () => {
    const { rows, dropped } = readViid(bytesOf(MIXED), FEED.required)
    expect(dropped).toEqual({ faces: 2, persons: 1, images: 3, others: 1 })
    expect(JSON.stringify(rows.map(({ fields }) => fields))).not.toContain('SECRET')
    expect(rawText(rows)).not.toContain('SECRET')
  })

  it('is read from a row’s own bytes as it was read first', () => {
    for (const row of readRows(FEED, bytesOf(MIXED))) {
      expect(readRows(FEED, row.raw)[0]?.fields).toEqual(row.fields)
    }
  })

  it('of faces alone gives no row, and is no fault', () => {
    const { rows, dropped } = readViid(bytesOf(notification({ FaceObjectList: { FaceObject: [{}, {}, {}] } })), [])
    expect(rows).toEqual([])
    expect(dropped.faces).toBe(3)
  })

  it('is read by the feed’s format whatever a content type says: JSON would keep what is dropped', () => {
    for (const format of ['json', 'ndjson', 'csv'] as const) {
      expect(rawText(readRows(FEED, bytesOf(MIXED), { format }))).not.toContain('SECRET')
    }
  })

  it('takes the time of arrival for a list of devices, which has none of its own', () => {
    const body = { APEListObject: { APEObject: [{ ApeID: GATE, Name: '北门', IsOnline: '1', Password: 'SECRET' }] } }
    const { rows } = readViid(bytesOf(body), [], '20260105090000')
    expect(rows).toMatchObject([{ fields: { object: 'device', state: 'online', time: '2026-01-05T09:00:00+08:00' } }])
    expect(rawText(rows)).not.toContain('SECRET')
  })
})

describe('a body that is refused', () => {
  it.each([
    ['no JSON', '{"FaceObjectList":SECRET', 'unreadable-line'],
    ['no object', '["SECRET"]', 'unreadable-line'],
    ['no list of objects', '{"Name":"SECRET"}', 'unreadable-line'],
    ['a body over the bound', `{"FaceObjectList":"SECRET${'x'.repeat(2_000_000)}"}`, 'line-too-long'],
    ['more objects than one body may have', JSON.stringify(manyLanes(1_001)), 'line-too-long'],
    [
      'an object that names no device',
      JSON.stringify(notification({ ThingObjectList: { ThingObject: [{ Name: 'x' }] } })),
      'missing-value',
    ],
  ])('%s keeps nothing that could be a face', (_, text, error) => {
    const rows = readRows(FEED, Buffer.from(text))
    expect(rows.at(-1)).toMatchObject({
      error,
      hint: { zh: expect.stringMatching(/\S/), en: expect.stringMatching(/\S/) },
    })
    expect(rawText(rows)).not.toContain('SECRET')
  })
})

function manyLanes(count: number): object {
  return notification({
    LaneObjectList: { LaneObject: Array.from({ length: count }, (_, LaneId) => ({ TollgateID: GATE, LaneId })) },
  })
}
