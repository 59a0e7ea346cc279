import { describe, expect, test } from 'vitest'
import { clusterProbability, incompleteBeta, overDispersion, riseProbability, truncatedProduct } from './tail.ts'

describe('the incomplete beta function', () => {
  test('is the upper tail of a binomial for whole numbers', () => {
    const tail = 1 - 0.8 ** 10 - 10 * 0.2 * 0.8 ** 9
    expect(incompleteBeta(0.2, 2, 9)).toBeCloseTo(tail, 12)
  })

  test('has its ends', () => {
    expect(incompleteBeta(0, 2, 3)).toBe(0)
    expect(incompleteBeta(1, 2, 3)).toBe(1)
    expect(incompleteBeta(0.3, 0, 3)).toBe(1)
  })

  test('of x and its mirror add up to one', () => {
    for (const x of [0.01, 0.2, 0.5, 0.9]) {
      expect(incompleteBeta(x, 2.5, 7.1) + incompleteBeta(1 - x, 7.1, 2.5)).toBeCloseTo(1, 12)
    }
  })
})

describe('how improbable a rise is', () => {
  test('is the binomial tail given the total, half of the very count taken off', () => {
    // One window of one period after nine of one each: Bin(10 + 2, 1/10) at 3.
    const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k)
    const at = (k: number) => choose(12, k) * 0.1 ** k * 0.9 ** (12 - k)
    const expected = at(3) / 2 + [4, 5, 6, 7, 8, 9, 10, 11, 12].reduce((sum, k) => sum + at(k), 0)
    expect(riseProbability(3, 1, [1, 1, 1, 1, 1, 1, 1, 1, 1])).toBeCloseTo(expected, 10)
  })

  test('falls with the count, and rises with what is usual', () => {
    expect(riseProbability(9, 4, [1, 2, 1, 0, 1, 2])).toBeLessThan(riseProbability(8, 4, [1, 2, 1, 0, 1, 2]))
    expect(riseProbability(9, 4, [4, 5, 4, 3, 4, 5])).toBeGreaterThan(riseProbability(9, 4, [1, 2, 1, 0, 1, 2]))
  })

  test('is judged more mildly where the past came in clumps', () => {
    const even = [2, 2, 2, 2, 2, 2]
    const clumped = [0, 0, 6, 0, 0, 6]
    expect(overDispersion(even)).toBe(1)
    expect(overDispersion(clumped)).toBeGreaterThan(4)
    expect(riseProbability(12, 2, clumped)).toBeGreaterThan(10 * riseProbability(12, 2, even))
  })

  test('is never small for no count at all', () => {
    expect(riseProbability(0, 4, [0, 0, 0])).toBe(0.5)
  })
})

describe('how improbable several rises at once are', () => {
  test('with any product it is the binomial chance of that many rises', () => {
    const atLeastTwo = 1 - 0.95 ** 6 - 6 * 0.05 * 0.95 ** 5
    expect(truncatedProduct(0, 6, 2, 0.05)).toBeCloseTo(atLeastTwo, 12)
  })

  test('with every p counted the product is Fisher’s combination', () => {
    // Two p with product w: w (1 - ln w).
    const w = 0.003
    expect(truncatedProduct(Math.log(w), 2, 2, 1)).toBeCloseTo(w * (1 - Math.log(w)), 12)
  })

  test('is no less than the chance of the weakest that is needed: two cannot carry a third', () => {
    const atLeastThree = incompleteBeta(0.04, 3, 4)
    expect(clusterProbability([1e-12, 1e-12, 0.04], 6, 3, 0.05)).toBeCloseTo(atLeastThree, 12)
    expect(clusterProbability([1e-6, 1e-6, 1e-6], 6, 3, 0.05)).toBeLessThan(1e-12)
  })

  test('is certain where fewer rise than are asked for', () => {
    expect(clusterProbability([0.001, 0.001], 6, 3, 0.05)).toBe(1)
  })
})
