import type { ColumnWhen, When } from '../../core/feed-policy.ts'
import { compileDecimal } from './decimal.ts'
import { compileExpression } from './expression.ts'
import { compileText, type Fields, type ReadText } from './take.ts'

export type Holds = (fields: Fields) => boolean

/** All conditions, and all parts of each, must hold. */
export function compileWhen(conditions: readonly When[]): Holds {
  const tests = conditions.flatMap(compileCondition)
  const [only] = tests
  if (only === undefined) return () => true
  if (tests.length === 1) return only
  return (fields) => {
    for (const test of tests) if (!test(fields)) return false
    return true
  }
}

/** Every column that a condition reads. */
export function columnsOfWhen(when: When): readonly string[] {
  if ('all' in when) return when.all.flatMap(columnsOfWhen)
  if ('any' in when) return when.any.flatMap(columnsOfWhen)
  if ('not' in when) return columnsOfWhen(when.not)
  return when.column === undefined ? (when.first ?? []) : [when.column]
}

function compileCondition(when: When): Holds[] {
  if ('all' in when) return when.all.flatMap(compileCondition)
  if ('any' in when) {
    const tests = when.any.map((one) => compileWhen([one]))
    return [(fields) => tests.some((test) => test(fields))]
  }
  if ('not' in when) {
    const test = compileWhen([when.not])
    return [(fields) => !test(fields)]
  }
  return compileColumn(when)
}

function compileColumn(when: ColumnWhen): Holds[] {
  const { in: allowed, notIn: refused, matches, present, above, below } = when
  const read: ReadText = compileText(
    when.column === undefined ? { first: when.first ?? [] } : { column: when.column },
    0,
  )
  const text = (fields: Fields) => read(fields, '')
  const tests: Holds[] = []
  if (present !== undefined) tests.push((fields) => (text(fields) !== '') === present)
  if (allowed !== undefined) {
    const texts = new Set(allowed)
    tests.push((fields) => texts.has(text(fields)))
  }
  if (refused !== undefined) {
    const texts = new Set(refused)
    tests.push((fields) => !texts.has(text(fields)))
  }
  if (matches !== undefined) {
    const pattern = compileExpression(matches)
    tests.push((fields) => pattern.test(text(fields)))
  }
  const readDecimal = compileDecimal()
  if (above !== undefined) tests.push((fields) => (readDecimal(text(fields)) ?? Number.NEGATIVE_INFINITY) > above)
  if (below !== undefined) tests.push((fields) => (readDecimal(text(fields)) ?? Number.POSITIVE_INFINITY) < below)
  return tests
}
