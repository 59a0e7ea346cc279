import type { Bilingual } from '../../core/bilingual.ts'
import type { RejectReason } from '../../core/reject.ts'
import { toBeijingIso } from './beijing-time.ts'
import { decodeDeviceText } from './device-text.ts'
import { readXmlLeaves } from './device-xml.ts'
import { gbt28181Alarm } from './gbt28181-alarms.ts'
import { type RowLimits, unreadable } from './record-scanner.ts'
import type { Row, RowSplitter } from './row.ts'
import { createWholeBodySplitter } from './whole-body.ts'

/** One MANSCDP document of GB/T 28181, as the platform that answers it and the mapping of its feed read it. */
export interface Manscdp {
  /** `Notify`, `Response`, `Query` or `Control`. */
  readonly root: string
  /** CmdType: `Alarm`, `Keepalive`, `DeviceStatus`. */
  readonly command: string
  readonly sn: string
  /** 20 digits. */
  readonly device: string
  readonly fields: Readonly<Record<string, string>>
  /** Whether the sender calls itself sound. */
  readonly healthy: boolean
  /** The devices that a Keepalive lists as faulty. */
  readonly faulty: readonly string[]
}

export interface ManscdpFault {
  readonly error: RejectReason
  readonly hint: Bilingual
}

export const DEVICE_ID = /^\d{20}$/
/** A message of a device has some hundreds of bytes, a description of an alarm at its longest some thousands. */
const MOST_BYTES = 65_536
const ROOTS = new Set(['Notify', 'Response', 'Query', 'Control'])

/** Errors are values: the document is readable or a fault says why it is not. */
export function readManscdp(bytes: Uint8Array): Manscdp | ManscdpFault {
  const text = decodeDeviceText(bytes)
  if (text === undefined)
    return { error: 'unreadable-line', hint: { zh: '既不是 UTF-8 也不是 GB 18030', en: 'neither UTF-8 nor GB 18030' } }
  const xml = readXmlLeaves(text)
  if ('error' in xml) return xml
  if (!ROOTS.has(xml.root))
    return {
      error: 'wrong-columns',
      hint: { zh: '不是 Notify、Response、Query 或 Control', en: 'no Notify, Response, Query or Control' },
    }
  const first = (...paths: readonly string[]): string => {
    for (const path of paths) {
      const value = xml.leaves.get(path)?.[0]
      if (value !== undefined && value !== '') return value
    }
    return ''
  }
  const device = first('DeviceID')
  const command = first('CmdType')
  if (command === '') return { error: 'wrong-columns', hint: { zh: 'CmdType:缺失', en: 'CmdType: missing' } }
  if (device === '') return { error: 'missing-value', hint: { zh: 'DeviceID:缺失', en: 'DeviceID: missing' } }
  if (!DEVICE_ID.test(device))
    return { error: 'bad-code-shape', hint: { zh: 'DeviceID:不是 20 位数字', en: 'DeviceID: not 20 digits' } }

  const method = code(first('AlarmMethod'))
  // Editions and vendors differ in where the type stands: beside the method, or under Info.
  const type = code(first('AlarmType', 'Info.AlarmType'))
  const alarm = gbt28181Alarm(method, type)
  const isAlarm = command === 'Alarm'
  const fields: Record<string, string> = {
    device,
    command,
    root: xml.root,
    sn: first('SN'),
    time: toBeijingIso(first('AlarmTime', 'DeviceTime')),
    priority: code(first('AlarmPriority')),
    method,
    type,
    event_type: code(first('Info.AlarmTypeParam.EventType', 'AlarmTypeParam.EventType', 'EventType')),
    alarm: isAlarm ? alarm.alarm : '',
    alarm_zh: isAlarm ? alarm.zh : '',
    alarm_en: isAlarm ? alarm.en : '',
    about: isAlarm ? alarm.about : 'device',
    description: first('AlarmDescription'),
    longitude: first('Longitude'),
    latitude: first('Latitude'),
    state: command === 'DeviceStatus' ? stateOf(first('Online'), first('Status')) : '',
    reason: first('Reason'),
  }
  for (const [path, values] of xml.leaves) {
    if (path.startsWith('Info.')) fields[path] = values.join(',')
  }
  const faulty =
    command === 'Keepalive' ? (xml.leaves.get('Info.DeviceID') ?? []).filter((id) => DEVICE_ID.test(id)) : []
  const healthy = first('Status').toUpperCase() !== 'ERROR'
  return { root: xml.root, command, sn: fields.sn ?? '', device, fields, healthy, faulty }
}

/** A body is one document, and one row. */
export function createManscdpSplitter(limits: RowLimits): RowSplitter {
  return createWholeBodySplitter(Math.min(limits.maxLineBytes, MOST_BYTES), (raw): Row[] => {
    const read = readManscdp(raw)
    if ('error' in read) return [unreadable(raw, 0, 1, read.error, read.hint)]
    const missing = limits.required.filter((column) => !Object.hasOwn(read.fields, column))
    if (missing.length > 0)
      return [
        unreadable(raw, 0, 1, 'wrong-columns', {
          zh: `消息缺少 ${missing.join('、')}`,
          en: `the message lacks ${missing.join(', ')}`,
        }),
      ]
    return [{ line: 1, offset: 0, raw, columns: Object.keys(read.fields), fields: read.fields }]
  })
}

/** A code of digits without leading zeros; anything else is no code. */
function code(text: string): string {
  return /^\d{1,4}$/.test(text) ? String(Number(text)) : ''
}

function stateOf(online: string, status: string): string {
  if (online.toUpperCase() === 'OFFLINE') return 'offline'
  if (status.toUpperCase() === 'ERROR') return 'fault'
  return online.toUpperCase() === 'ONLINE' ? 'online' : ''
}

/** What the platform itself concludes of a device, in the words of the standard, so that it is kept and read like the rest. */
export function deviceStatusDocument(state: {
  readonly device: string
  readonly online: boolean
  readonly healthy: boolean
  readonly reason: string
  /** RFC 3339. */
  readonly time: string
}): Buffer {
  const { device, online, healthy, reason, time } = state
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Notify><CmdType>DeviceStatus</CmdType><SN>0</SN><DeviceID>${device}</DeviceID>` +
      `<Online>${online ? 'ONLINE' : 'OFFLINE'}</Online><Status>${healthy ? 'OK' : 'ERROR'}</Status>` +
      `<Reason>${reason}</Reason><DeviceTime>${time}</DeviceTime></Notify>`,
  )
}
