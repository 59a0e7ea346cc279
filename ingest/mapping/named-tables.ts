import { Refusal } from '../../core/errors.ts'
import { Compile, Type } from '../../core/schema.ts'

/** A code table that several feeds of a policy set share: what the source writes → what the product calls it. */
export type CodeTable = Readonly<Record<string, string>>
export type CodeTables = Readonly<Record<string, CodeTable>>

const MAX_CODES = 20_000
const shape = Compile(Type.Record(Type.String({ maxLength: 2000 }), Type.String({ maxLength: 2000 })))

/** Errors: `Refusal` naming the code that is wrong. */
export function validateCodeTable(json: unknown): CodeTable {
  if (!shape.Check(json)) {
    const faults = [...shape.Errors(json)].map(({ instancePath, message }) => `${instancePath || '/'} ${message}`)
    throw new Refusal(`code table: ${faults.slice(0, 10).join('; ') || 'it must be an object of texts'}`)
  }
  const codes = Object.keys(json).length
  if (codes === 0 || codes > MAX_CODES) throw new Refusal(`code table: ${codes} codes; 1 to ${MAX_CODES} are allowed`)
  return json
}

export interface Resolved {
  readonly json: unknown
  /** Every name that no table of the set bears, with its place. */
  readonly faults: readonly string[]
}

/**
 * Puts the set's tables in the place of their names: `"table": "causes"`. The very table is put there, not a copy, so
 * that whoever compares two policies can still tell which of the set's tables it is.
 */
export function resolveTables(json: unknown, tables: CodeTables): Resolved {
  const faults: string[] = []
  const walk = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => walk(item, `${path}/${index}`))
    if (typeof value !== 'object' || value === null) return value
    const fields = Object.entries(value).map(([name, field]: [string, unknown]): [string, unknown] => {
      const here = `${path}/${name}`
      if (name !== 'table') return [name, walk(field, here)]
      // A fact may be called `table` too: it is a take, and what is in a table itself is no reference.
      if (typeof field !== 'string') return [name, isTake(field) ? walk(field, here) : field]
      if (Object.hasOwn(tables, field)) return [name, tables[field]]
      const known = Object.keys(tables)
      faults.push(`${here} names ${field}, and the set has ${known.length === 0 ? 'no tables' : known.join(', ')}`)
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
