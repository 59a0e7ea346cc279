import type { Take } from '../../core/feed-policy.ts'
import { compileInstant } from './dates.ts'
import { compileDecimal, type ReadDecimal } from './decimal.ts'
import { compileExpression } from './expression.ts'
import { compileMoney } from './money.ts'

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
export function originOf(take: Take | string): string {
  if (typeof take === 'string') return take
  if (take.column !== undefined) return take.column
  if (take.columns !== undefined) return take.columns.join('+')
  if (take.first !== undefined) return take.first.map(originOf).join('|')
  if (take.join !== undefined) return take.join.map(originOf).join('+')
  return take.source === undefined ? 'constant' : 'source name'
}

/** The takes that a take is made of, itself among them. */
export function nestedTakes(take: Take): readonly Take[] {
  const members = [...(take.first ?? []), ...(take.join ?? [])]
  return [take, ...members.flatMap((member) => (typeof member === 'string' ? [] : nestedTakes(member)))]
}

/** Every column that it reads. */
export function columnsOf(take: Take | string | undefined): readonly string[] {
  if (take === undefined) return []
  if (typeof take === 'string') return [take]
  if (take.column !== undefined) return [take.column]
  return take.columns ?? [...(take.first ?? []), ...(take.join ?? [])].flatMap(columnsOf)
}

/** The steps in the order that `Take` names. Personal columns are tokens already when this reads them. */
export function compileText(take: Take, zoneOffsetMinutes: number): ReadText {
  const looked = compileRaw(take)
  if (take.date !== undefined) {
    const readInstant = compileInstant(take.date, zoneOffsetMinutes, take)
    return (fields, name) => {
      const text = looked(fields, name)
      const instant = text === '' ? undefined : readInstant(text)
      return instant === undefined ? '' : String(instant)
    }
  }
  if (take.times !== undefined || take.unit !== undefined) {
    const readNumber = compileNumber(take)
    return (fields, name) => {
      const number = readNumber(looked(fields, name))
      return number === undefined ? '' : String(number)
    }
  }
  return looked
}

/** What to parse as an instant or a number: the text before `date`, `times` and `unit` are applied. */
export function compileRaw(take: Take): ReadText {
  const read = compileTidied(take)
  const { table, otherwise } = take
  return table === undefined ? withDefault(read, otherwise) : compileTable(read, table, otherwise)
}

/** The text before the code table is asked. */
export function compileTidied(take: Take): ReadText {
  let read = compileOrigin(take)
  if (take.halfWidth === true) read = after(read, toHalfWidth)
  if (take.noSpaces === true) read = after(read, (text) => text.replace(/\s+/gu, ''))
  if (take.upper === true) read = after(read, (text) => text.toUpperCase())
  return take.extract === undefined ? read : after(read, compileExtract(take.extract))
}

/** Of the number that the text is: `unit`, else `times`, else as it stands. */
export function compileNumber(take: Take): ReadDecimal {
  return take.unit === undefined ? compileDecimal(take.times) : compileMoney(take.unit)
}

function after(read: ReadText, change: (text: string) => string): ReadText {
  return (fields, name) => {
    const text = read(fields, name)
    return text === '' ? '' : change(text)
  }
}

function compileOrigin(take: Take): ReadText {
  const { column, columns, first, join, constant } = take
  if (column !== undefined) return (fields) => textOf(fields, column)
  if (columns !== undefined) return (fields) => joined(fields, columns)
  if (first !== undefined) return compileFirst(first)
  if (join !== undefined) return compileJoin(join, take.separator ?? '')
  if (constant !== undefined) return () => constant
  return (_, name) => name
}

function compileMember(member: string | Take): ReadText {
  return typeof member === 'string' ? (fields) => textOf(fields, member) : compileRaw(member)
}

function compileFirst(members: readonly (string | Take)[]): ReadText {
  const readers = members.map(compileMember)
  return (fields, name) => {
    for (const read of readers) {
      const text = read(fields, name)
      if (text !== '') return text
    }
    return ''
  }
}

function compileJoin(members: readonly (string | Take)[], separator: string): ReadText {
  const readers = members.map(compileMember)
  return (fields, name) => {
    let all = ''
    for (const read of readers) {
      const text = read(fields, name)
      if (text !== '') all = all === '' ? text : all + separator + text
    }
    return all
  }
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

/** U+FF01 to U+FF5E stand 0xFEE0 above ASCII; the ideographic space is a space. */
function toHalfWidth(text: string): string {
  return text
    .replace(/[！-～]/gu, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replaceAll('\u3000', ' ')
    .trim()
}

function compileExtract(expression: string): (text: string) => string {
  const pattern = compileExpression(expression)
  return (text) => {
    const match = pattern.exec(text)
    return match === null ? '' : (match[1] ?? match[0]).trim()
  }
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
