import type { Bilingual } from '../../core/bilingual.ts'
import { UnusableValue } from '../../core/errors.ts'
import type { ObservationPolicy, Take } from '../../core/feed-policy.ts'
import type { RejectReason } from '../../core/reject.ts'
import { compileInstant } from './dates.ts'
import { hidePersonalNumbers } from './personal.ts'
import { compileNumber, compileRaw, type Fields, originOf } from './take.ts'

export interface Fault {
  readonly reason: RejectReason
  readonly hint: Bilingual
}

/** An instant, `undefined` where the source has none, or why it cannot be used. */
export type InstantResult = number | undefined | Fault

/** Before this there was no authority that could have filed it: year 1 and 1899-12-30 are defaults of software. */
const EARLIEST = Date.UTC(1900, 0, 1)

/** `latest` is the last instant that can be true, `Infinity` where the past is replayed. */
export type ReadInstantTake = (fields: Fields, name: string, latest: number) => InstantResult

/** One reader for equal takes. The parts of a row mostly share their dates, so a row's date is read once. */
export function createInstantCompiler(zoneOffsetMinutes: number, key: Uint8Array): (take: Take) => ReadInstantTake {
  const compiled = new Map<string, ReadInstantTake>()
  return (take) => {
    const declaration = JSON.stringify(take)
    const reader = compiled.get(declaration) ?? oncePerRow(compileInstantTake(take, zoneOffsetMinutes, key))
    compiled.set(declaration, reader)
    return reader
  }
}

function oncePerRow(read: ReadInstantTake): ReadInstantTake {
  let seenFields: Fields | undefined
  let seenName = ''
  let seenLatest = 0
  let seen: InstantResult
  return (fields, name, latest) => {
    if (fields !== seenFields || name !== seenName || latest !== seenLatest) {
      seen = read(fields, name, latest)
      seenFields = fields
      seenName = name
      seenLatest = latest
    }
    return seen
  }
}

function compileInstantTake(take: Take, zoneOffsetMinutes: number, key: Uint8Array): ReadInstantTake {
  const pattern = take.date
  if (pattern === undefined)
    throw new UnusableValue({
      zh: `${originOf(take)}:时刻须有日期写法(date)`,
      en: `${originOf(take)}: an instant needs a date pattern`,
    })
  const readText = compileRaw(take)
  const readInstant = compileInstant(pattern, zoneOffsetMinutes, take)
  const patterns = typeof pattern === 'string' ? pattern : pattern.join(' | ')
  const origin = originOf(take)
  return (fields, name, latest) => {
    const text = readText(fields, name)
    if (text === '') return undefined
    const instant = readInstant(text)
    if (instant === undefined) {
      return {
        reason: 'bad-date',
        hint: {
          zh: `${origin}:"${excerpt(text, key)}" 不是 ${patterns} 写法的日期`,
          en: `${origin}: "${excerpt(text, key)}" is no date of the pattern ${patterns}`,
        },
      }
    }
    if (instant > latest)
      return {
        reason: 'impossible-time',
        hint: {
          zh: `${origin}:${excerpt(text, key)} 尚未到来`,
          en: `${origin}: ${excerpt(text, key)} has not come yet`,
        },
      }
    if (instant < EARLIEST)
      return {
        reason: 'impossible-time',
        hint: {
          zh: `${origin}:${excerpt(text, key)} 早于 1900 年`,
          en: `${origin}: ${excerpt(text, key)} is before 1900`,
        },
      }
    return instant
  }
}

/** A number, `null` where the feed says that it is missing, or why it cannot be used. */
export type ValueResult = number | null | Fault

export function compileValue(
  policy: ObservationPolicy,
  key: Uint8Array,
): (fields: Fields, name: string) => ValueResult {
  const take = policy.value
  if (take === undefined) return () => null
  const readText = compileRaw(take)
  const readDecimal = compileNumber(take)
  const origin = originOf(take)
  const missing = policy.missing === undefined ? undefined : new Set(policy.missing)
  return (fields, name) => {
    const text = readText(fields, name)
    const number = text === '' ? undefined : readDecimal(text)
    if (number !== undefined && missing?.has(text) !== true) return number
    if (missing !== undefined && (text === '' || missing.has(text))) return null
    if (text === '') return { reason: 'missing-value', hint: { zh: `${origin}:为空`, en: `${origin}: empty` } }
    return {
      reason: 'bad-number',
      hint: { zh: `${origin}:"${excerpt(text, key)}" 不是数值`, en: `${origin}: "${excerpt(text, key)}" is no number` },
    }
  }
}

/** Enough of a value to find it by, without a person's numbers. */
export function excerpt(text: string, key: Uint8Array): string {
  return hidePersonalNumbers(text, key).slice(0, 40)
}
