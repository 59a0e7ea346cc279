import { gammaln, mean, sampleVariance } from 'simple-statistics'

/**
 * Regularised incomplete beta function I_x(a, b) by its continued fraction (DLMF 8.17.22), evaluated with the modified
 * Lentz method. For whole a and b it is the upper tail of a binomial: P(X ≥ a), X ~ Bin(a + b - 1, x).
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (a <= 0 || x >= 1) return 1
  if (b <= 0 || x <= 0) return 0
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + gammaln(a + b) - gammaln(a) - gammaln(b)) / a
  const tiny = 1e-300
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1), tiny)
  let fraction = d
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonZero(1 + even * d, tiny)
    c = nonZero(1 + even / c, tiny)
    fraction *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + odd * d, tiny)
    c = nonZero(1 + odd / c, tiny)
    const step = d * c
    fraction *= step
    if (Math.abs(step - 1) < 1e-14) break
  }
  return Math.min(1, front * fraction)
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value
}

/**
 * Variance over mean of the baseline's counts, never below 1: the quasi-Poisson dispersion that Farrington, Andrews,
 * Beale and Catchpole (1996) use for outbreaks. It widens the test where an industry's counts come in clumps.
 */
export function overDispersion(counts: readonly number[]): number {
  if (counts.length < 2) return 1
  const rate = mean([...counts])
  if (rate === 0) return 1
  return Math.max(1, sampleVariance([...counts]) / rate)
}

/**
 * Chance of at least `count` in `windowPeriods` when `baseline` counts of the same rate came before: given the total of
 * both, a Poisson count is binomial with share window / (window + baseline), which needs no estimate of the rate
 * (Przyborowski and Wilenski, 1940). Half of the chance of the very count is taken off (mid-p, Lancaster 1961), because
 * the plain tail of small counts promises more false alarms than it gives. Counts are divided by their over-dispersion.
 */
export function riseProbability(count: number, windowPeriods: number, baseline: readonly number[]): number {
  const before = baseline.reduce((sum, each) => sum + each, 0)
  const dispersion = overDispersion(baseline)
  const share = windowPeriods / (windowPeriods + baseline.length)
  const atLeast = incompleteBeta(share, count / dispersion, before / dispersion + 1)
  const more = before === 0 ? 0 : incompleteBeta(share, (count + 1) / dispersion, before / dispersion)
  return (atLeast + more) / 2
}

/**
 * Chance that, out of `tested` independent industries in which nothing happens, at least `least` have p ≤ `pEach` and
 * rise together as improbably as `rising` (their p, ascending). The greater of two chances, so that both must be small:
 * that of so small a product (`truncatedProduct`), and that of so small a `least`-th p (an order statistic of uniform
 * numbers is beta-distributed). The second keeps two industries that explode from carrying a third that only happened
 * to be up.
 */
export function clusterProbability(rising: readonly number[], tested: number, least: number, pEach: number): number {
  const weakest = rising[least - 1]
  if (weakest === undefined) return 1
  const logProduct = rising.reduce((total, p) => total + Math.log(p), 0)
  const asMany = incompleteBeta(weakest, least, tested - least + 1)
  return Math.max(asMany, truncatedProduct(logProduct, tested, least, pEach))
}

/**
 * Chance of at least `least` p ≤ `pEach` whose product is no more than exp(`logProduct`): the truncated product of
 * Zaykin, Zhivotovsky, Westfall and Weir (2002), its sum begun at `least`. With pEach = 1 it is Fisher's combination.
 */
export function truncatedProduct(logProduct: number, tested: number, least: number, pEach: number): number {
  const logEach = Math.log(pEach)
  let total = 0
  for (let k = least; k <= tested; k++) {
    const slack = k * logEach - logProduct
    const choose = gammaln(tested + 1) - gammaln(k + 1) - gammaln(tested - k + 1)
    const others = tested === k ? 0 : (tested - k) * Math.log1p(-pEach)
    if (slack <= 0) {
      total += Math.exp(choose + others + k * logEach)
      continue
    }
    let term = 1
    let series = 1
    for (let s = 1; s < k; s++) {
      term *= slack / s
      series += term
    }
    total += Math.exp(choose + others + logProduct + Math.log(series))
  }
  return Math.min(1, total)
}
