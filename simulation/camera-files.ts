import { MINUTE_MS } from '../core/time.ts'
import { timeText } from './calendar.ts'
import { unitAt } from './random.ts'
import type { World } from './world.ts'

/** Types of kitchen events as vendors write them, each with how sure their model commonly is. */
const SEEN = [
  ['未戴帽', 0.72],
  ['老鼠', 0.86],
  ['垃圾桶未盖', 0.78],
  ['离线', 1],
] as const

/** What cameras would send on the day that begins at `start` (UTC ms), file by file: an alarm, a notification, events. */
export function cameraFiles(world: World, start: number, rows: number): readonly (readonly [string, string])[] {
  return [
    ['gbt28181-alarms.xml', alarm(world, start)],
    ['gat1400.json', notification(world, start)],
    ['video-analytics.ndjson', analytics(world, start, rows)],
  ]
}

/** GB/T 28181: region, 00, type (131 a camera), 0, and a number of its own. */
function camera({ enterprises }: World, index: number, type = '131'): string {
  const district = enterprises[index % Math.max(1, enterprises.length)]?.district.code ?? '140105'
  return `${district}0000${type}0${String(index + 1).padStart(6, '0')}`
}

function alarm(world: World, start: number): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<Notify>',
    '<CmdType>Alarm</CmdType>',
    '<SN>17</SN>',
    `<DeviceID>${camera(world, 0)}</DeviceID>`,
    '<AlarmPriority>1</AlarmPriority>',
    '<AlarmMethod>5</AlarmMethod>',
    `<AlarmTime>${timeText(start + 150 * MINUTE_MS).replace(' ', 'T')}</AlarmTime>`,
    '<AlarmDescription>后厨区域入侵</AlarmDescription>',
    '<Info><AlarmType>6</AlarmType><AlarmTypeParam><EventType>1</EventType></AlarmTypeParam></Info>',
    '</Notify>',
    '',
  ].join('\n')
}

/** With a face among the vehicles, as peers send whatever they are asked for: it is dropped at the door. */
function notification(world: World, start: number): string {
  const time = timeText(start + 600 * MINUTE_MS).replace(/\D/g, '')
  const gate = camera(world, 1, '119')
  const notice = {
    NotificationID: `${camera(world, 1, '503')}04${time}00001`,
    TriggerTime: time,
    FaceObjectList: { FaceObject: [{ FaceID: `${gate}06${time}00001`, DeviceID: gate }] },
    MotorVehicleObjectList: {
      MotorVehicleObject: [
        { MotorVehicleID: `${gate}02${time}00001`, DeviceID: gate, PassTime: time, VehicleClass: 'K33' },
      ],
    },
    DeviceStatusList: { APEStatusObject: [{ ApeID: camera(world, 2), IsOnline: '2', CurrentTime: time }] },
  }
  const parts = Object.entries(notice).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  return `{"SubscribeNotificationListObject":{"SubscribeNotificationObject":[{\n${parts.join(',\n')}\n}]}}\n`
}

/** Three sightings of one thing within ten minutes by one camera after the other; a person called every eighth false. */
function analytics(world: World, start: number, rows: number): string {
  const lines = Array.from({ length: rows }, (_, n) => {
    const [type, sure] = SEEN[Math.floor(n / 3) % SEEN.length] ?? SEEN[0]
    const at = start + (120 + Math.floor(n / 3) * 30 + (n % 3) * 4) * MINUTE_MS
    const confidence = Number(Math.min(1, sure + (unitAt(world.options.seed, 91, n) - 0.5) / 10).toFixed(2))
    const verified = n % 8 === 7 ? '误报' : null
    return JSON.stringify({
      event_id: `VA${timeText(at).slice(0, 10).replace(/\D/g, '')}${String(n + 1).padStart(5, '0')}`,
      camera: camera(world, Math.floor(n / 3)),
      type,
      confidence,
      at: timeText(at),
      verified,
      updated_at: timeText(verified === null ? at : at + 400 * MINUTE_MS),
    })
  })
  return `${lines.join('\n')}\n`
}
