import { type Bilingual, joined } from '../../core/bilingual.ts'
import { Refusal } from '../../core/errors.ts'
import { Compile, Type } from '../../core/schema.ts'
import { shapeFaults } from '../../core/shape-faults.ts'

/** A code table that several feeds of a policy set share: what the source writes → what the product calls it. */
export type CodeTable = Readonly<Record<string, string>>
export type CodeTables = Readonly<Record<string, CodeTable>>

const MAX_CODES = 20_000
const shape = Compile(Type.Record(Type.String({ maxLength: 2000 }), Type.String({ maxLength: 2000 })))

/** Errors: `Refusal` naming the code that is wrong. */
export function validateCodeTable(json: unknown): CodeTable {
  if (!shape.Check(json)) {
    throw new Refusal(joined([{ zh: '代码表', en: 'code table' }, joined(shapeFaults(shape, json).slice(0, 10))], ': '))
  }
  const codes = Object.keys(json).length
  if (codes === 0 || codes > MAX_CODES)
    throw new Refusal({
      zh: `代码表:有 ${codes} 个代码,应为 1 至 ${MAX_CODES} 个`,
      en: `code table: ${codes} codes; 1 to ${MAX_CODES} are allowed`,
    })
  return json
}

export interface Resolved {
  readonly json: unknown
  /** Every name that no table of the set bears, with its place. */
  readonly faults: readonly Bilingual[]
}

/**
 * Puts the set's tables in the place of their names: `"table": "causes"`. The very table is put there, not a copy, so
 * that whoever compares two policies can still tell which of the set's tables it is.
 */
export function resolveTables(json: unknown, tables: CodeTables): Resolved {
  const faults: Bilingual[] = []
  const walk = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => walk(item, `${path}/${index}`))
    if (typeof value !== 'object' || value === null) return value
    const fields = Object.entries(value).map(([name, field]: [string, unknown]): [string, unknown] => {
      const here = `${path}/${name}`
      if (name !== 'table') return [name, walk(field, here)]
      // A fact may be called `table` too: it is a take, and what is in a table itself is no reference.
      if (typeof field !== 'string') return [name, isTake(field) ? walk(field, here) : field]
      if (Object.hasOwn(tables, field)) return [name, tables[field]]
      const known = Object.keys(tables).join(', ') || '–'
      faults.push({
        zh: `${here} 写的是 ${field},而本规则集的代码表有:${known}`,
        en: `${here} names ${field}, and the tables of the set are: ${known}`,
      })
      return [name, {}]
    })
    return Object.fromEntries(fields)
  }
  return { json: walk(json, ''), faults }
}

const ORIGINS = ['column', 'columns', 'first', 'join', 'constant', 'source']

function isTake(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ORIGINS.filter((origin) => origin in value).length === 1
}
