import type { DecodeText } from './decode-text.ts'
import { flattenRecord } from './flatten.ts'
import { type RowLimits, unreadable } from './record-scanner.ts'
import type { Row } from './row.ts'

/** One JSON record out of its bytes, whose text may be known. */
export type ReadJsonRow = (raw: Buffer, offset: number, line: number, known?: string) => Row

/** Columns that a mapping requires must be there, be it as null. */
export function createJsonRowReader(limits: RowLimits, decode: DecodeText): ReadJsonRow {
  const { required } = limits
  /** Of the record before: most have the same. */
  let columns: readonly string[] = []
  let missing = required

  return function readJsonRow(raw, offset, line, known) {
    const text = known ?? decode(raw)
    if (text === undefined)
      return unreadable(raw, offset, line, 'unreadable-line', {
        zh: `不是有效的 ${limits.encoding} 编码`,
        en: `not valid ${limits.encoding}`,
      })
    const parsed = parseJson(text)
    if (parsed === undefined)
      return unreadable(raw, offset, line, 'unreadable-line', { zh: '不是有效的 JSON', en: 'not valid JSON' })
    const flat = flattenRecord(parsed.value, limits.maxDepth)
    if (flat.error !== undefined) return unreadable(raw, offset, line, flat.error, flat.hint)
    const { fields } = flat
    const names = Object.keys(fields)
    if (!sameNames(names, columns)) {
      columns = names
      missing = required.filter((name) => !names.includes(name))
    }
    if (missing.length > 0) {
      return unreadable(raw, offset, line, 'wrong-columns', {
        zh: `记录缺少 ${missing.join('、')}`,
        en: `the record lacks ${missing.join(', ')}`,
      })
    }
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
  if (left.length !== right.length) return false
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false
  return true
}
