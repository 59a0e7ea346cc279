import { DAY_MS } from '../../core/time.ts'
import { type Hj212Factor, hj212Factor } from './hj212-factors.ts'
import type { Hj212Fault, Hj212Message } from './hj212-message.ts'
import { type Hj212Entry, readHj212Parameters } from './hj212-parameters.ts'
import type { Row } from './row.ts'

/**
 * `device` MN, `metric` the code of 2017, `code` as sent, `statistic`, `value` (a number), `text` (what is none),
 * `quality`, `t` and `sampled` as yyyyMMddHHmmss of Beijing; `qn` is the number of the request, which is the time of the
 * sending to the millisecond: empty where the device sends none, or one that is no time.
 */
export const HJ212_COLUMNS = [
  'device',
  'cn',
  'st',
  'version',
  'metric',
  'code',
  'statistic',
  'value',
  'text',
  'unit',
  'quality',
  't',
  'sampled',
  'qn',
] as const

type Hj212Fields = Record<(typeof HJ212_COLUMNS)[number], string>

/** Statistics whose value is a text. */
const TEXTS = new Set(['', 'Info', 'SN'])
/** Values under these flags are normal or only above what the instrument can show; others are no measurements. */
const MEASURED = new Set(['', 'N', 'T'])
const ORDERED = [
  ['Min', 'Avg', 'Max'],
  ['ZsMin', 'ZsAvg', 'ZsMax'],
] as const

const NONE: ReadonlySet<string> = new Set()

/** Whether a message carries data, rather than being part of a conversation: uploads and what is read of a device. */
export function isHj212Data({ head }: Hj212Message): boolean {
  return /^[238]\d{3}$/.test(head.cn)
}

/**
 * Rows of a message that carries data, one for each value; one that says why where the message cannot be believed.
 * `raw` are the bytes that tell it again; `firstLine` numbers its first row; `dataTime` stands in for a packet that
 * has none of its own.
 */
export function rowsOfHj212(
  message: Hj212Message,
  { raw, offset, firstLine, dataTime = '' }: { raw: Uint8Array; offset: number; firstLine: number; dataTime?: string },
): Row[] {
  const refuse = ({ reason, hint }: Hj212Fault, line = firstLine): Row => ({ line, offset, raw, error: reason, hint })
  if (message.fault !== undefined) return [refuse(message.fault)]
  if (!isHj212Data(message)) return []
  const parameters = readHj212Parameters(message.parameters)
  if ('fault' in parameters) return [refuse(parameters.fault)]
  if (parameters.entries.length === 0) {
    return [
      refuse({
        reason: 'missing-value',
        hint: { zh: 'CP:既没有监测因子也没有状态', en: 'CP: neither a factor nor a state' },
      }),
    ]
  }
  const { head, version } = message
  const time = readTime(parameters.dataTime === '' ? dataTime : parameters.dataTime, head.qn)
  if (typeof time !== 'string') return [refuse(time)]

  const disordered = codesOutOfOrder(parameters.entries)
  return parameters.entries.map((entry, i): Row => {
    const factor = hj212Factor(entry.code)
    const sampled = entry.sampled === '' ? '' : readTime(entry.sampled, head.qn)
    if (typeof sampled !== 'string') return refuse(sampled, firstLine + i)
    const fault = implausible(entry, factor, disordered)
    if (fault !== undefined) return refuse(fault, firstLine + i)
    const isText = TEXTS.has(entry.statistic)
    const fields: Hj212Fields = {
      device: head.mn,
      cn: head.cn,
      st: head.st,
      version: version ?? '',
      metric: factor?.code ?? entry.code,
      code: entry.code,
      statistic: entry.statistic,
      value: isText ? '' : entry.value,
      text: isText ? entry.value : '',
      unit: factor?.unit ?? '',
      quality: entry.quality,
      t: time,
      sampled,
      qn: requestTime(head.qn),
    }
    return { line: firstLine + i, offset, raw, columns: HJ212_COLUMNS, fields }
  })
}

/** DataTime of a message, as it was sent; empty where it has none. */
export function dataTimeOf(message: Hj212Message): string {
  return /(?:^|[;,])DataTime=(\d+)/.exec(message.parameters)?.[1] ?? ''
}

/**
 * Fourteen digits out of a time of any granularity: minutes, hours and days are their beginning, milliseconds are cut.
 * A device that reports from the day after tomorrow has a wrong clock, or its frame was damaged.
 */
function readTime(text: string, qn: string): string | Hj212Fault {
  if (text === '') return { reason: 'missing-value', hint: { zh: 'DataTime:缺失', en: 'DataTime: absent' } }
  if (!/^(?:\d{8}|\d{10}|\d{12}|\d{14}|\d{17})$/.test(text)) {
    return {
      reason: 'bad-date',
      hint: {
        zh: `DataTime:"${text.slice(0, 20)}" 不是 8、10、12、14 或 17 位数字`,
        en: `DataTime: "${text.slice(0, 20)}" has neither 8, 10, 12, 14 nor 17 digits`,
      },
    }
  }
  const time = text.slice(0, 14).padEnd(14, '0')
  const asked = civil(qn)
  const told = civil(time)
  if (asked !== undefined && told !== undefined && told > asked + DAY_MS) {
    return {
      reason: 'impossible-time',
      hint: { zh: `DataTime:${time} 比 QN 晚一天以上`, en: `DataTime: ${time} is more than a day after QN` },
    }
  }
  return time
}

/** Some devices send an eighteenth digit. */
function requestTime(qn: string): string {
  const [, time = '', milliseconds = ''] = /^(\d{14})(\d{3})\d?$/.exec(qn) ?? []
  const at = civil(time)
  const isTime = at !== undefined && new Date(at).toISOString().replace(/\D/g, '').startsWith(time)
  return isTime ? time + milliseconds : ''
}

/** Milliseconds of a civil time, for comparing two of the same zone; `undefined` where it is none. */
function civil(text: string): number | undefined {
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(text)
  if (digits === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.slice(1).map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

function implausible(
  { code, statistic, value, quality }: Hj212Entry,
  factor: Hj212Factor | undefined,
  disordered: ReadonlySet<string>,
): Hj212Fault | undefined {
  if (TEXTS.has(statistic) || !MEASURED.has(quality)) return undefined
  if (disordered.has(`${code}-${statistic}`)) {
    return {
      reason: 'implausible-value',
      hint: { zh: `${code}:Min、Avg、Max 大小次序不对`, en: `${code}: Min, Avg and Max are not in order` },
    }
  }
  // A total over the period has the range of no instrument.
  if (factor === undefined || statistic === 'Cou' || statistic.endsWith('Num')) return undefined
  const number = Number(value)
  const [least, most] = factor.range
  if (value === '' || (number >= least && number <= most) || Number.isNaN(number)) return undefined
  const read = `${code}-${statistic}: ${value.slice(0, 20)}`
  const hint = {
    zh: `${read} 超出 ${least} 至 ${most} ${factor.unit}`.trimEnd(),
    en: `${read} is outside ${least} to ${most} ${factor.unit}`.trimEnd(),
  }
  return { reason: 'implausible-value', hint }
}

function codesOutOfOrder(entries: readonly Hj212Entry[]): ReadonlySet<string> {
  if (!entries.some(({ statistic }) => statistic.endsWith('Max') || statistic.endsWith('Min'))) return NONE
  const values = new Map(entries.map(({ code, statistic, value }) => [`${code}-${statistic}`, Number(value)]))
  const wrong = new Set<string>()
  for (const code of new Set(entries.map((entry) => entry.code))) {
    for (const names of ORDERED) {
      const present = names.map((name) => `${code}-${name}`).filter((name) => values.has(name))
      const numbers = present.map((name) => values.get(name) ?? Number.NaN)
      if (numbers.some((number, i) => i > 0 && number < (numbers[i - 1] ?? Number.NaN))) {
        for (const name of present) wrong.add(name)
      }
    }
  }
  return wrong
}
