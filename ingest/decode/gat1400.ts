import { type Bilingual, joined } from '../../core/bilingual.ts'
import { shortHash } from '../../core/hash.ts'
import { toBeijingIso } from './beijing-time.ts'
import { parseJson } from './json-row.ts'
import { type RowLimits, unreadable } from './record-scanner.ts'
import type { Row, RowSplitter } from './row.ts'
import { keptFields, keptKind, personalKind, type ViidDropped } from './viid-objects.ts'
import { createWholeBodySplitter } from './whole-body.ts'

export interface ViidBody {
  readonly rows: readonly Row[]
  readonly dropped: ViidDropped
}

export const NOTHING_DROPPED: ViidDropped = { faces: 0, persons: 0, images: 0, others: 0 }
const MOST_OBJECTS = 1_000
const NOTIFICATIONS = 'SubscribeNotificationListObject'
const NOTIFICATION = 'SubscribeNotificationObject'
/** When what an object tells of happened, the most exact first. */
const TIMES = [
  'PassTime',
  'AppearTime',
  'BeginTime',
  'LocationMarkTime',
  'CurrentTime',
  'MarkTime',
  'TriggerTime',
] as const
const DEVICES = ['DeviceID', 'ApeID', 'ApsID', 'TollgateID'] as const
const IDS = [
  'MotorVehicleID',
  'NonMotorVehicleID',
  'ThingID',
  'SceneID',
  'LaneId',
  'TollgateID',
  'ApeID',
  'ApsID',
] as const
/** StatusType of GA/T 1400.3: 1 online, 2 offline, 9 other. */
const STATES: ReadonlyMap<string, string> = new Map([
  ['1', 'online'],
  ['2', 'offline'],
  ['9', 'fault'],
])

type Json = Readonly<Record<string, unknown>>
type Texts = Readonly<Record<string, string>>

/**
 * Reads a body of GA/T 1400 (VIID): notifications with their lists of objects, or a list alone. Only the kinds and
 * fields of the allow-list come out; faces, persons, pictures and whatever else stands there is counted and gone. The
 * bytes of a row are written anew from what was kept, so a reject seals nothing else. A body that is no JSON cannot be
 * stripped: of it only its length and hash are kept.
 *
 * `received`, civil Beijing time `yyyyMMddHHmmss`, stands for the time of an object that gives none.
 */
export function readViid(bytes: Uint8Array, required: readonly string[], received = ''): ViidBody {
  const parsed = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  if (parsed === undefined) return unread(bytes, { zh: '不是有效的 JSON', en: 'not valid JSON' })
  const body = asObject(parsed.value)
  if (body === undefined) return unread(bytes, { zh: '不是 JSON 对象', en: 'no JSON object' })

  const rows: Row[] = []
  const dropped = { ...NOTHING_DROPPED }
  let objects = 0
  const take = (lists: Json, notification: Texts): void => {
    for (const [name, list] of Object.entries(lists)) {
      if (typeof list !== 'object' || list === null) continue
      const kind = keptKind(name)
      const items = itemsOf(list)
      if (kind === undefined) dropped[personalKind(name)] += Math.max(1, items.length)
      for (const item of kind === undefined ? [] : items) {
        objects++
        if (objects > MOST_OBJECTS) continue
        const kept = keptFields(item)
        dropped.images += kept.images
        rows.push(rowOf(name, kind ?? '', kept.fields, notification, rows.length + 1, required))
      }
    }
  }
  const { [NOTIFICATIONS]: notifications, ...lists } = body
  for (const notification of itemsOf(notifications)) {
    const { fields } = keptFields(notification)
    take(notification, fields.TriggerTime ? fields : withTime(fields, received))
  }
  take(lists, withTime({}, received))
  if (objects > MOST_OBJECTS) {
    const more = noteOf(bytes)
    rows.push(
      unreadable(more, 0, rows.length + 1, 'line-too-long', {
        zh: `对象超过 ${MOST_OBJECTS} 个,请分次发送`,
        en: `more than ${MOST_OBJECTS} objects: send fewer at once`,
      }),
    )
  }
  const isKnown = notifications !== undefined || rows.length > 0 || Object.values(dropped).some((count) => count > 0)
  return isKnown ? { rows, dropped } : unread(bytes, { zh: '没有对象列表', en: 'no list of objects' })
}

/** A file or body of the format; what is dropped is told by `readViid` alone. */
export function createGat1400Splitter(limits: RowLimits): RowSplitter {
  const { maxLineBytes, required } = limits
  return createWholeBodySplitter(
    maxLineBytes,
    (body) => [...readViid(body, required).rows],
    (head) =>
      unreadable(noteOf(head), 0, 1, 'line-too-long', {
        zh: `超过 ${maxLineBytes} 字节`,
        en: `longer than ${maxLineBytes} bytes`,
      }),
  )
}

function rowOf(
  list: string,
  object: string,
  kept: Texts,
  notification: Texts,
  line: number,
  required: readonly string[],
): Row {
  const { NotificationID = '', SubscribeID = '', TriggerTime = '' } = notification
  const time = first({ ...kept, TriggerTime }, TIMES)
  const fields: Record<string, string> = {
    ...kept,
    object,
    id: first(kept, IDS),
    device: first(kept, DEVICES),
    time: toBeijingIso(time),
    state: STATES.get(kept.IsOnline ?? '') ?? '',
    notification: NotificationID,
    subscription: SubscribeID,
  }
  const again = { [NOTIFICATIONS]: { [NOTIFICATION]: [{ ...notification, [list]: { Object: [kept] } }] } }
  const raw = Buffer.from(JSON.stringify(again))
  if (fields.device === '')
    return unreadable(raw, 0, line, 'missing-value', {
      zh: `${DEVICES.join('、')} 均未填写`,
      en: `${DEVICES.join(', ')}: none is given`,
    })
  const missing = required.filter((column) => !Object.hasOwn(fields, column))
  if (missing.length > 0)
    return unreadable(raw, 0, line, 'wrong-columns', {
      zh: `对象缺少 ${missing.join('、')}`,
      en: `the object lacks ${missing.join(', ')}`,
    })
  return { line, offset: 0, raw, columns: Object.keys(fields), fields }
}

/** Objects of a list, however it is wrapped: `{XObject: [..]}`, `{XObject: {..}}`, or the array itself. */
function itemsOf(list: unknown): Json[] {
  const inner: unknown[] = Array.isArray(list) ? list : Object.values(asObject(list) ?? {}).flat()
  return inner.map(asObject).filter((item) => item !== undefined)
}

function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}

function withTime(fields: Texts, received: string): Texts {
  return received === '' ? fields : { ...fields, TriggerTime: received }
}

function first(fields: Texts, names: readonly string[]): string {
  for (const name of names) {
    const value = fields[name]
    if (value !== undefined && value !== '') return value
  }
  return ''
}

function unread(bytes: Uint8Array, fault: Bilingual): ViidBody {
  const hint = joined([fault, { zh: '正文可能含有人脸,不予保留', en: 'the body is not kept, as it may hold faces' }])
  return { rows: [unreadable(noteOf(bytes), 0, 1, 'unreadable-line', hint)], dropped: NOTHING_DROPPED }
}

/** What may be kept of bytes that could not be stripped: tells the same body sent again from another. */
function noteOf(bytes: Uint8Array): Buffer {
  return Buffer.from(JSON.stringify({ bytes: bytes.length, hash: shortHash(bytes) }))
}
