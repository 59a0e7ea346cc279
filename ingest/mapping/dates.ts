import { DAY_MS, MINUTE_MS } from '../../core/time.ts'

/** UTC milliseconds, or `undefined` where the text is not of the pattern or the date does not exist. */
export type ReadInstant = (text: string) => number | undefined

const TOKEN = /yyyy|MM?|dd?|HH?|mm?|SSS|ss?/g
const FIELDS = { y: 0, M: 1, d: 2, H: 3, m: 4, s: 5, S: 6 } as const
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d\d:?\d\d)?$/

type Part = { readonly literal: string } | { readonly field: number; readonly least: number; readonly most: number }

/**
 * Pattern of `yyyy MM dd HH mm ss SSS` and literal characters, or `epoch-ms`, or `iso` (RFC 3339; without an offset in
 * the realm's zone). A single letter (`M`, `d`, `H`) takes one or two digits. Text without a zone is civil time at
 * `offsetMinutes` east of UTC.
 */
export function compileInstant(pattern: string, offsetMinutes: number): ReadInstant {
  const offset = offsetMinutes * MINUTE_MS
  if (pattern === 'epoch-ms') return (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : undefined)
  if (pattern === 'iso') return (text) => readIso(text, offset)
  const parts = parsePattern(pattern)

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
    return at === text.length ? toInstant(fields, offset) : undefined
  }
}

function parsePattern(pattern: string): Part[] {
  const parts: Part[] = []
  const seen = new Set<number>()
  let at = 0
  for (const match of pattern.matchAll(TOKEN)) {
    if (match.index > at) parts.push({ literal: pattern.slice(at, match.index) })
    const field = FIELDS[match[0].charAt(0) as keyof typeof FIELDS]
    if (seen.has(field)) throw new RangeError(`the date pattern ${pattern} names ${match[0]} twice`)
    seen.add(field)
    const length = match[0].length
    parts.push({ field, least: length, most: length === 1 ? 2 : length })
    at = match.index + length
  }
  if (at < pattern.length) parts.push({ literal: pattern.slice(at) })
  if (!seen.has(FIELDS.y)) throw new RangeError(`the date pattern ${pattern} has no yyyy`)
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
