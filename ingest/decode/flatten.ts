import type { Bilingual } from '../../core/bilingual.ts'
import type { RejectReason } from '../../core/reject.ts'

export type Flat =
  | { readonly fields: Readonly<Record<string, string>>; readonly error?: undefined }
  | { readonly error: RejectReason; readonly hint: Bilingual }

/**
 * A JSON record as texts by column: nested objects become `outer.inner`, lists stay JSON, null is blank. A number keeps
 * the shortest digits that name it; whole numbers beyond 2^53 have already lost digits when they get here.
 */
export function flattenRecord(record: unknown, maxDepth: number): Flat {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    return { error: 'unreadable-line', hint: { zh: '每条记录须为 JSON 对象', en: 'a record must be a JSON object' } }
  }
  const fields: Record<string, string> = {}
  const fault = flattenInto(fields, '', record, maxDepth)
  return fault ?? { fields }
}

function flattenInto(fields: Record<string, string>, prefix: string, record: object, depth: number): Flat | undefined {
  if (depth < 1)
    return {
      error: 'too-deep',
      hint: { zh: `${prefix.slice(0, 80)} 处嵌套过深`, en: `nested deeper than allowed at ${prefix.slice(0, 80)}` },
    }
  const members = record as Readonly<Record<string, unknown>>
  for (const key in members) {
    const value = members[key]
    const name = prefix === '' ? key : prefix + key
    if (typeof value === 'string') fields[name] = value
    else if (value === null) fields[name] = ''
    else if (typeof value === 'number') {
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        return {
          error: 'bad-number',
          hint: {
            zh: `${name}:超过 2^53 的整数须以文本报送`,
            en: `${name}: a whole number beyond 2^53 must be sent as text`,
          },
        }
      }
      fields[name] = String(value)
    } else if (Array.isArray(value)) {
      if (deeperThan(value, depth - 1))
        return {
          error: 'too-deep',
          hint: { zh: `${name.slice(0, 80)} 处嵌套过深`, en: `nested deeper than allowed at ${name.slice(0, 80)}` },
        }
      fields[name] = JSON.stringify(value)
    } else if (typeof value === 'object') {
      const fault = flattenInto(fields, `${name}.`, value, depth - 1)
      if (fault !== undefined) return fault
    } else fields[name] = String(value)
  }
  return undefined
}

function deeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth < 1) return true
  return Object.values(value).some((inner) => deeperThan(inner, depth - 1))
}
