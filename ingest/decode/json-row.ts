import type { DecodeText } from './decode-text.ts'
import { flattenRecord } from './flatten.ts'
import { type RowLimits, unreadable } from './record-scanner.ts'
import type { Row } from './row.ts'

/** One JSON record out of its bytes; columns that a mapping requires must be there, be it as null. */
export function createJsonRowReader(
  limits: RowLimits,
  decode: DecodeText,
): (raw: Buffer, offset: number, line: number) => Row {
  let columns: readonly string[] = []

  return function readJsonRow(raw, offset, line) {
    const text = decode(raw)
    if (text === undefined) return unreadable(raw, offset, line, 'unreadable-line', `not valid ${limits.encoding}`)
    const parsed = parseJson(text)
    if (parsed === undefined) return unreadable(raw, offset, line, 'unreadable-line', 'not valid JSON')
    const flat = flattenRecord(parsed.value, limits.maxDepth)
    if (flat.error !== undefined) return unreadable(raw, offset, line, flat.error, flat.hint)
    const { fields } = flat
    const missing = limits.required.filter((name) => !Object.hasOwn(fields, name))
    if (missing.length > 0) {
      return unreadable(raw, offset, line, 'wrong-columns', `the record lacks ${missing.join(', ')}`)
    }
    const names = Object.keys(fields)
    if (!sameNames(names, columns)) columns = names
    return { line, offset, raw, columns, fields }
  }
}

/** `undefined` where the text is no JSON. */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, index) => name === right[index])
}
