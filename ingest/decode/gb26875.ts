import { type Bilingual, joined } from '../../core/bilingual.ts'
import { createGb26875Scanner, type Gb26875Found, type Gb26875Frame, gb26875Time } from './gb26875-scanner.ts'
import {
  ANALOG_UNITS,
  COMPONENT_CONDITIONS,
  conditionOf,
  GB26875_TYPES,
  type Gb26875Type,
  OPERATIONS,
  SYSTEM_CONDITIONS,
  TRANSMITTER_CONDITIONS,
} from './gb26875-units.ts'
import type { Row, RowSplitter } from './row.ts'

/**
 * `device` the transmitter's address, `unit-type` what is told, `system` the panel's system by type and address, none for
 * the transmitter itself, `component` system and component, `condition` the gravest state or what was done, `status` all bits as hexadecimal digits, `t` when it happened (yyyyMMddHHmmss of
 * Beijing). When and under which number the frame was sent is no column: the same told again is the same, so that goes
 * into the source.
 */
export const GB26875_COLUMNS = [
  'device',
  'unit-type',
  'system',
  'component',
  'condition',
  'status',
  'metric',
  'value',
  'unit',
  'description',
  't',
] as const

type Gb26875Fields = Record<(typeof GB26875_COLUMNS)[number], string>

/** Command 2 alone carries what happened; the others are the conversation about it. */
export const SEND_DATA = 2
const KNOWN_VERSION = 1
const TIME_BYTES = 6

// A description that is no GBK must not hold up a fire: what cannot be read of it becomes a question mark in a box.
const gbk = new TextDecoder('gbk', { ignoreBOM: true })

/** A stream or file of GB/T 26875.3 frames: one row for each information unit. */
export function createGb26875Splitter(): RowSplitter {
  const scanner = createGb26875Scanner()
  let line = 1
  const rowsOf = (found: readonly Gb26875Found[]): Row[] =>
    found.flatMap((one) => {
      const rows = rowsOfGb26875(one, line)
      line += rows.length
      return rows
    })
  return { push: (chunk) => rowsOf(scanner.push(chunk)), end: () => rowsOf(scanner.end()) }
}

/** Rows of a frame that carries data; one that says why where it cannot be believed or is no frame at all. */
export function rowsOfGb26875(found: Gb26875Found, firstLine: number): Row[] {
  const { raw, offset } = found
  if (found.kind === 'noise') {
    const whole = {
      zh: `${found.bytes} 字节不是 GB/T 26875.3 的帧`,
      en: `${found.bytes} bytes are no frame of GB/T 26875.3`,
    }
    const hint = joined([whole, found.hint], ': ')
    return [{ line: firstLine, offset, raw, error: 'unreadable-line', hint }]
  }
  const { frame, isSound } = found
  if (!isSound) {
    return [
      {
        line: firstLine,
        offset,
        raw,
        error: 'bad-checksum',
        hint: { zh: '校验和与数据不符', en: 'the sum behind the data is not its sum' },
      },
    ]
  }
  if (frame.command !== SEND_DATA) return []
  if (frame.version !== KNOWN_VERSION) {
    const hint = {
      zh: `不认识 GB/T 26875.3 的版本 ${frame.version}`,
      en: `version ${frame.version} of GB/T 26875.3 is not known`,
    }
    return [{ line: firstLine, offset, raw, error: 'unknown-version', hint }]
  }
  const units = unitsOf(frame)
  if ('zh' in units) return [{ line: firstLine, offset, raw, error: 'unreadable-line', hint: units }]
  return units.map((fields, i) => ({ line: firstLine + i, offset, raw, columns: GB26875_COLUMNS, fields }))
}

/** Errors: the sentence that says what is wrong with the application data. */
function unitsOf(frame: Gb26875Frame): readonly Gb26875Fields[] | Bilingual {
  const { application } = frame
  const [typeNumber, count] = application
  if (typeNumber === undefined || count === undefined) return { zh: '没有应用数据单元', en: 'no application data' }
  const type = GB26875_TYPES.find((one) => one.type === typeNumber)
  if (type === undefined)
    return { zh: `不认识类型 ${typeNumber} 的信息体`, en: `units of type ${typeNumber} are not known` }
  const bytes = type.bytes + (type.timed ? TIME_BYTES : 0)
  if (count === 0) return { zh: '没有信息对象', en: 'no unit of information' }
  if (application.length !== 2 + count * bytes) {
    return {
      zh: `${count} 个类型 ${typeNumber} 的信息对象应为 ${2 + count * bytes} 字节,实为 ${application.length} 字节`,
      en: `${count} units of type ${typeNumber} take ${2 + count * bytes} bytes, not ${application.length}`,
    }
  }
  return Array.from({ length: count }, (_, i) => {
    const unit = application.subarray(2 + i * bytes, 2 + (i + 1) * bytes)
    const time = unit.subarray(type.timed ? type.bytes : 0).subarray(0, TIME_BYTES)
    // A detector without a clock must not hold up a fire: then it happened when it was told.
    const t = isTime(time) ? gb26875Time(time) : frame.sent
    return { ...NOTHING, ...readUnit(type, unit), ...identity(frame, type), t }
  })
}

function isTime([second = 60, minute = 60, hour = 24, day = 0, month = 0]: Uint8Array): boolean {
  return second < 60 && minute < 60 && hour < 24 && day >= 1 && day <= 31 && month >= 1 && month <= 12
}

const NOTHING = {
  system: '',
  component: '',
  condition: '',
  status: '',
  metric: '',
  value: '',
  unit: '',
  description: '',
}

function identity({ source }: Gb26875Frame, { name }: Gb26875Type) {
  return { device: source, 'unit-type': name }
}

function readUnit({ name }: Gb26875Type, unit: Buffer): Partial<Gb26875Fields> {
  const system = `${unit[0] ?? 0}.${unit[1] ?? 0}`
  if (name === 'system-state') {
    const status = unit.readUInt16LE(2)
    return { system, component: system, condition: conditionOf(status, SYSTEM_CONDITIONS), status: hex(status) }
  }
  if (name === 'component-state') {
    const status = unit.readUInt16LE(7)
    const description = textOf(unit.subarray(9, 40))
    const condition = conditionOf(status, COMPONENT_CONDITIONS)
    return { system, component: componentOf(unit, system), condition, status: hex(status), description }
  }
  if (name === 'analog') {
    const kind = unit[7] ?? 0
    const told = ANALOG_UNITS[kind]
    // Counts of a kind that is not known stay counts.
    const { name: metric, unit: of, scale } = told ?? { name: `analog-${kind}`, unit: '', scale: 1 }
    const value = String(Math.round(unit.readInt16LE(8) * scale * 100) / 100)
    return { system, component: componentOf(unit, system), metric, value, unit: of }
  }
  if (name === 'transmitter-state') {
    const status = unit[0] ?? 0
    return { condition: conditionOf(status, TRANSMITTER_CONDITIONS), status: hex(status) }
  }
  if (name === 'operation') return { system, component: system, ...operated(unit[2] ?? 0) }
  return name === 'transmitter-operation' ? operated(unit[0] ?? 0) : {}
}

/** Whatever is not known as an operation is none: least of all a normal state. */
function operated(flags: number): Partial<Gb26875Fields> {
  return { condition: conditionOf(flags, OPERATIONS, ''), status: hex(flags) }
}

function componentOf(unit: Buffer, system: string): string {
  return `${system}.${unit[2] ?? 0}.${unit.readUInt32LE(3)}`
}

function hex(status: number): string {
  return status.toString(16).padStart(4, '0')
}

/** Filled up with zero bytes to its 31. */
function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return gbk.decode(end < 0 ? bytes : bytes.subarray(0, end)).trim()
}
