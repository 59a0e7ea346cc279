import type { Take } from '../../core/policy.ts'
import { compileInstant } from './dates.ts'
import { compileDecimal } from './decimal.ts'

export type Fields = Readonly<Record<string, string>>
/** `name` is the source's name without its folders and ending. */
export type ReadText = (fields: Fields, name: string) => string

/** Texts that real feeds write for "nothing", the escaped line feed among them. */
const NOTHING: ReadonlySet<string> = new Set(['\\n', '\\N', 'null', 'NULL'])

/** Trimmed; empty where the feed means nothing or has no such column. */
export function textOf(fields: Fields, column: string): string {
  const text = fields[column]
  if (typeof text !== 'string') return ''
  const trimmed = text.trim()
  return trimmed.length <= 4 && NOTHING.has(trimmed) ? '' : trimmed
}

/** How a hint names where a value comes from. */
export function originOf(take: Take): string {
  if (take.column !== undefined) return take.column
  if (take.columns !== undefined) return take.columns.join('+')
  return take.source === undefined ? 'constant' : 'source name'
}

export function columnsOf(take: Take | undefined): readonly string[] {
  if (take === undefined) return []
  return take.columns ?? (take.column === undefined ? [] : [take.column])
}

/** Text, with case folded before the table is looked up. Personal columns are tokens already when this reads them. */
export function compileText(take: Take, zoneOffsetMinutes: number): ReadText {
  const read = compileOrigin(take)
  const folded: ReadText = take.upper === true ? (fields, name) => read(fields, name).toUpperCase() : read
  const { table, otherwise } = take
  const looked = table === undefined ? withDefault(folded, otherwise) : compileTable(folded, table, otherwise)
  if (take.date !== undefined) {
    const readInstant = compileInstant(take.date, zoneOffsetMinutes)
    return (fields, name) => {
      const text = looked(fields, name)
      const instant = text === '' ? undefined : readInstant(text)
      return instant === undefined ? '' : String(instant)
    }
  }
  if (take.times !== undefined) {
    const readDecimal = compileDecimal(take.times)
    return (fields, name) => {
      const number = readDecimal(looked(fields, name))
      return number === undefined ? '' : String(number)
    }
  }
  return looked
}

/** What to parse as an instant or a number: the text before `date` and `times` are applied. */
export function compileRaw(take: Take): ReadText {
  const { date: _date, times: _times, ...rest } = take
  return compileText(rest, 0)
}

function compileOrigin(take: Take): ReadText {
  const { column, columns, constant } = take
  if (column !== undefined) return (fields) => textOf(fields, column)
  if (columns !== undefined) return (fields) => joined(fields, columns)
  if (constant !== undefined) return () => constant
  return (_, name) => name
}

/** Empty only where every column is. */
function joined(fields: Fields, columns: readonly string[]): string {
  let text = ''
  let any = false
  for (let i = 0; i < columns.length; i++) {
    const part = textOf(fields, columns[i] ?? '')
    any ||= part !== ''
    text = i === 0 ? part : `${text}|${part}`
  }
  return any ? text : ''
}

function withDefault(read: ReadText, otherwise: string | undefined): ReadText {
  return otherwise === undefined ? read : (fields, name) => read(fields, name) || otherwise
}

function compileTable(
  read: ReadText,
  table: Readonly<Record<string, string>>,
  otherwise: string | undefined,
): ReadText {
  const entries = new Map(Object.entries(table))
  return (fields, name) => {
    const text = read(fields, name)
    return entries.get(text) ?? otherwise ?? text
  }
}
