import { expect, it } from 'vitest'
import type { SealedPeriod } from '../core/cells.ts'
import { addPeriod, type CellHistory, NO_CELLS } from './cell-history.ts'

const [KEPT, WINDOW, LENGTH] = [4, 2, 10]

const period = (number: number, changed: Partial<SealedPeriod> = {}): SealedPeriod => ({
  realm: 'test',
  start: number * LENGTH,
  end: (number + 1) * LENGTH,
  effective: (number + 2) * LENGTH,
  counts: {},
  examples: {},
  ties: {},
  ...changed,
})

const taken = (periods: readonly SealedPeriod[]): CellHistory =>
  periods.reduce((history, one) => addPeriod(history, one, 'causes', KEPT, WINDOW) ?? history, NO_CELLS)

const counted = (key: string, count: number, ...examples: readonly (readonly [string, string])[]) => ({
  counts: { causes: { [key]: count } },
  examples: { [`causes/${key}`]: examples },
})

it('counts a restated period as it is now, and names nothing as evidence that was taken back', () => {
  const before = [period(0, counted('a', 2)), period(1, counted('a', 1, ['wrong', 'firm-1']))]
  const restated = [
    { start: 0, end: LENGTH, counts: { causes: { a: -1 } }, examples: {}, gone: {} },
    {
      ...{ start: LENGTH, end: 2 * LENGTH, counts: { causes: { a: -1, b: 1 } } },
      examples: { 'causes/b': [['late', 'firm-2']] as const },
      gone: { 'causes/a': ['wrong'] },
    },
  ]
  const { series, examples } = taken([...before, period(2, { ...counted('a', 1, ['new', 'firm-3']), restated })])
  expect(series).toEqual({ a: [1, 0, 1], b: [0, 1, 0] })
  expect(examples).toEqual({ a: [[20, 'new', 'firm-3']], b: [[10, 'late', 'firm-2']] })
})

it('leaves alone what is older than it keeps, and forgets a cell in which nothing is left', () => {
  const restated = (start: number) => [
    { start, end: start + LENGTH, counts: { causes: { a: -2 } }, examples: {}, gone: {} },
  ]
  const of = (start: number) =>
    taken([period(0, counted('a', 2)), period(1), period(2), period(3), period(4, { restated: restated(start) })])
  expect(of(0).series).toEqual({})
  const still = taken([period(0, counted('a', 2)), period(1, { restated: restated(0) })])
  expect(still.series).toEqual({})
})
