import type { Operator, OperatorRight, Operators } from '../../core/operator.ts'

/** Operators by their keys in the clear, for servers that are tested without a data folder. */
export function testOperators(
  holders: Readonly<Record<string, { readonly name: string; readonly rights: readonly OperatorRight[] }>>,
): Operators {
  const operators = new Map(
    Object.entries(holders).map(([key, { name, rights }]): [string, Operator] => [
      key,
      { name, rights: new Set(rights) },
    ]),
  )
  return {
    identify: (key) => operators.get(key),
    isNamed: (name) => [...operators.values()].some((operator) => operator.name === name),
  }
}
