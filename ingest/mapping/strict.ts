import type { Bilingual } from '../../core/bilingual.ts'
import type { Take } from '../../core/feed-policy.ts'
import { compileInstant } from './dates.ts'
import { excerpt, type Fault } from './readers.ts'
import { compileNumber, compileTidied, type Fields, nestedTakes, originOf, type ReadText } from './take.ts'

/** Why a row cannot be used although each of its values could be left out. */
export type FindFault = (fields: Fields, name: string) => Fault | undefined

/**
 * The takes that are `strict`: a text that is there and that the code table does not hold, or that is no date or no
 * number, rejects the row. What is empty is no fault.
 */
export function compileStrict(takes: readonly Take[], zoneOffsetMinutes: number, key: Uint8Array): FindFault {
  const checks = takes
    .flatMap(nestedTakes)
    .filter(({ strict }) => strict === true)
    .map((take) => compileCheck(take, zoneOffsetMinutes, key))
  if (checks.length === 0) return () => undefined
  return (fields, name) => {
    for (const check of checks) {
      const fault = check(fields, name)
      if (fault !== undefined) return fault
    }
    return undefined
  }
}

function compileCheck(take: Take, zoneOffsetMinutes: number, key: Uint8Array): FindFault {
  const read = compileTidied(take)
  const origin = originOf(take)
  const shown = (text: string) => `${origin}: "${excerpt(text, key)}"`
  if (take.table !== undefined) {
    const codes = new Set(Object.keys(take.table))
    return fault(
      read,
      (text) => codes.has(text),
      'unknown-code',
      (text) => ({ zh: `${shown(text)} 不在代码表中`, en: `${shown(text)} is not in the code table` }),
    )
  }
  if (take.date !== undefined) {
    const readInstant = compileInstant(take.date, zoneOffsetMinutes)
    const patterns = typeof take.date === 'string' ? take.date : take.date.join(' | ')
    const isDate = (text: string) => readInstant(text) !== undefined
    return fault(read, isDate, 'bad-date', (text) => ({
      zh: `${shown(text)} 不是 ${patterns} 写法的日期`,
      en: `${shown(text)} is no date of the pattern ${patterns}`,
    }))
  }
  const readNumber = compileNumber(take)
  return fault(
    read,
    (text) => readNumber(text) !== undefined,
    'bad-number',
    (text) => ({ zh: `${shown(text)} 不是数值`, en: `${shown(text)} is no number` }),
  )
}

function fault(
  read: ReadText,
  isRight: (text: string) => boolean,
  reason: Fault['reason'],
  hint: (text: string) => Bilingual,
): FindFault {
  return (fields, name) => {
    const text = read(fields, name)
    return text === '' || isRight(text) ? undefined : { reason, hint: hint(text) }
  }
}
