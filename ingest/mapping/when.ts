import type { When } from '../../core/policy.ts'
import { compileDecimal } from './decimal.ts'
import { type Fields, textOf } from './take.ts'

export type Holds = (fields: Fields) => boolean

/** All conditions, and all parts of each, must hold. */
export function compileWhen(conditions: readonly When[]): Holds {
  const tests = conditions.flatMap(compileCondition)
  if (tests.length === 0) return () => true
  return (fields) => {
    for (const test of tests) if (!test(fields)) return false
    return true
  }
}

function compileCondition(when: When): Holds[] {
  const { column, in: allowed, notIn: refused, matches, present, above } = when
  const tests: Holds[] = []
  if (present !== undefined) tests.push((fields) => (textOf(fields, column) !== '') === present)
  if (allowed !== undefined) {
    const texts = new Set(allowed)
    tests.push((fields) => texts.has(textOf(fields, column)))
  }
  if (refused !== undefined) {
    const texts = new Set(refused)
    tests.push((fields) => !texts.has(textOf(fields, column)))
  }
  if (matches !== undefined) {
    const pattern = new RegExp(matches, 'u')
    tests.push((fields) => pattern.test(textOf(fields, column)))
  }
  if (above !== undefined) {
    const readDecimal = compileDecimal()
    tests.push((fields) => (readDecimal(textOf(fields, column)) ?? Number.NEGATIVE_INFINITY) > above)
  }
  return tests
}
