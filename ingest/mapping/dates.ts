import { UnusableValue } from '../../core/errors.ts'
import { DAY_MS, MINUTE_MS } from '../../core/time.ts'

/** UTC milliseconds, or `undefined` where the text is not of the pattern or the date does not exist. */
export type ReadInstant = (text: string) => number | undefined

const TOKEN = /yyyy|MM?|dd?|HH?|mm?|SSS|ss?/g
const FIELDS = { y: 0, M: 1, d: 2, H: 3, m: 4, s: 5, S: 6 } as const
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d\d:?\d\d)?$/

type Part = { readonly literal: string } | { readonly field: number; readonly least: number; readonly most: number }

/** How offices and their spreadsheets write dates, the usual first: what `common` stands for. */
const COMMON = [
  'yyyy-MM-dd',
  'yyyy-MM-dd HH:mm:ss',
  'yyyyMMdd',
  'yyyy/M/d',
  'yyyy年M月d日',
  'yyyy-MM-dd HH:mm',
  'yyyy/M/d H:mm:ss',
  'yyyy/M/d H:mm',
  'yyyyMMddHHmmss',
  'yyyy年M月d日 H:mm:ss',
  'yyyy年M月d日H时m分',
  'yyyy.M.d',
  'yyyy-M-d',
  'yyyy-M-d H:mm:ss',
  'iso',
  'excel',
] as const

export interface InstantOptions {
  /** A date without a time of day stands for the last millisecond of its day. */
  readonly dayEnd?: boolean
}

/**
 * One pattern, or several of which the first that fits is taken. A pattern is `yyyy MM dd HH mm ss SSS` and literal
 * characters (a single letter, `M`, `d`, `H`, takes one or two digits), or one of
 * - `epoch-ms`, `epoch-s`;
 * - `iso`: RFC 3339; without an offset in the realm's zone;
 * - `excel`: the serial number of a day, 45292 or 45292.75, as spreadsheets keep a date;
 * - `common`: whatever Chinese offices use, in a fixed order that leaves no text two meanings.
 * Text without a zone is civil time at `offsetMinutes` east of UTC.
 */
export function compileInstant(
  patterns: string | readonly string[],
  offsetMinutes: number,
  options: InstantOptions = {},
): ReadInstant {
  const all = typeof patterns === 'string' ? [patterns] : patterns
  const readers = all
    .flatMap((pattern) => (pattern === 'common' ? COMMON : [pattern]))
    .map((pattern) => compilePattern(pattern, offsetMinutes * MINUTE_MS, options.dayEnd === true ? DAY_MS - 1 : 0))
  const [only] = readers
  if (only === undefined)
    throw new UnusableValue({ zh: '日期至少要有一种写法', en: 'a date needs at least one pattern' })
  if (readers.length === 1) return only
  return (text) => {
    for (const read of readers) {
      const instant = read(text)
      if (instant !== undefined) return instant
    }
    return undefined
  }
}

/** `wholeDay`: what is added to a date without a time of day. */
function compilePattern(pattern: string, offset: number, wholeDay: number): ReadInstant {
  if (pattern === 'epoch-ms') return (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : undefined)
  if (pattern === 'epoch-s') return (text) => (/^-?\d{1,12}$/.test(text) ? Number(text) * 1000 : undefined)
  if (pattern === 'iso') return (text) => plus(readIso(text, offset), text.length === 10 ? wholeDay : 0)
  if (pattern === 'excel') return (text) => plus(readExcel(text, offset), text.includes('.') ? 0 : wholeDay)
  const parts = parsePattern(pattern)
  const added = parts.some((part) => 'field' in part && part.field === FIELDS.H) ? 0 : wholeDay

  return function readInstant(text) {
    const fields = [0, 1, 1, 0, 0, 0, 0]
    let at = 0
    for (const part of parts) {
      if ('literal' in part) {
        if (!text.startsWith(part.literal, at)) return undefined
        at += part.literal.length
        continue
      }
      let number = 0
      let digits = 0
      while (digits < part.most) {
        const digit = text.charCodeAt(at) - 48
        if (!(digit >= 0 && digit <= 9)) break
        number = number * 10 + digit
        digits++
        at++
      }
      if (digits < part.least) return undefined
      fields[part.field] = number
    }
    return at === text.length ? plus(toInstant(fields, offset), added) : undefined
  }
}

function plus(instant: number | undefined, more: number): number | undefined {
  return instant === undefined ? undefined : instant + more
}

/** Days since 1899-12-30, from which spreadsheets count so that 1900-03-01 and later are right. */
const EXCEL_EPOCH_DAYS = -25_569

/** Five digits alone (1927 to 2173): a shorter number is no date that a record means. Civil time, to the second. */
function readExcel(text: string, offset: number): number | undefined {
  if (!/^[1-9]\d{4}(?:\.\d{1,17})?$/.test(text)) return undefined
  return Math.round((Number(text) + EXCEL_EPOCH_DAYS) * 86_400) * 1000 - offset
}

function parsePattern(pattern: string): Part[] {
  const parts: Part[] = []
  const seen = new Set<number>()
  let at = 0
  for (const match of pattern.matchAll(TOKEN)) {
    if (match.index > at) parts.push({ literal: pattern.slice(at, match.index) })
    const field = FIELDS[match[0].charAt(0) as keyof typeof FIELDS]
    if (seen.has(field))
      throw new UnusableValue({
        zh: `日期写法 ${pattern} 中 ${match[0]} 重复出现`,
        en: `the date pattern ${pattern} names ${match[0]} twice`,
      })
    seen.add(field)
    const length = match[0].length
    parts.push({ field, least: length, most: length === 1 ? 2 : length })
    at = match.index + length
  }
  if (at < pattern.length) parts.push({ literal: pattern.slice(at) })
  if (!seen.has(FIELDS.y))
    throw new UnusableValue({ zh: `日期写法 ${pattern} 中没有 yyyy`, en: `the date pattern ${pattern} has no yyyy` })
  return parts
}

function readIso(text: string, offset: number): number | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone] = match
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'))
  const fields = [Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second), milliseconds]
  if (zone === undefined) return toInstant(fields, offset)
  if (zone === 'Z') return toInstant(fields, 0)
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(-2))
  if (hours > 14 || minutes > 59) return undefined
  return toInstant(fields, (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * MINUTE_MS)
}

function toInstant(fields: readonly number[], offset: number): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0] = fields
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const length = month === 2 && leap ? 29 : (MONTH_DAYS[month - 1] ?? 0)
  if (day > length) return undefined
  return (
    daysSinceEpoch(year, month, day) * DAY_MS +
    hour * 3_600_000 +
    minute * MINUTE_MS +
    second * 1000 +
    millisecond -
    offset
  )
}

/** Proleptic Gregorian calendar, counted in 400-year eras from 1 March so that the leap day comes last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}
