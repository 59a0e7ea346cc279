import { DAY_MS } from '../../core/time.ts'
import type { Entry } from '../entry.ts'
import { evidenceOf, type Indicator, type IndicatorContext, type IndicatorOf, NOTHING, type View } from './indicator.ts'

/** Cells that the policy does not name but peers' baselines need. */
export const POPULATION_CELL = 'population'
export const peerCell = (indicator: string): string => `peers:${indicator}`

/**
 * P(X ≥ count) for a Poisson variable of mean `lambda`, summed from `count` upwards: one less what lies below would lose
 * the small tails that matter.
 */
export function poissonTail(count: number, lambda: number): number {
  if (count <= 0) return 1
  const mean = Math.max(lambda, 1e-6)
  let logarithm = -mean
  for (let k = 1; k <= count; k++) logarithm += Math.log(mean / k)
  let term = Math.exp(logarithm)
  let tail = 0
  for (let k = count; k < mean || term > tail * 1e-12; k++) {
    tail += term
    term *= mean / (k + 1)
  }
  return Math.min(1, tail)
}

/**
 * More facts in the window than the enterprise's own past and its peers would lead one to expect. The expectation is
 * the gamma-Poisson mean: the peers' rate weighs as much as one window of the enterprise's own baseline, so a firm
 * without a past is held to its industry. Intensity is 250 for each power of ten of the tail probability beyond the
 * first: p = 0.01 gives 250, p = 10⁻⁵ or less gives 1000.
 */
export function createBurst(policy: IndicatorOf<'burst'>, { periodMs }: IndicatorContext): Indicator {
  const windowMs = policy.windowDays * DAY_MS
  const baselineMs = policy.baselineDays * DAY_MS
  const windows = policy.baselineDays / policy.windowDays
  const baselinePeriods = Math.max(1, Math.round(baselineMs / periodMs))

  /**
   * As it was when the newest fact became known: were it the rate of the moment, a score would depend on what else
   * happened to have it judged again.
   */
  function peersPerWindow({ side, attributes }: View, newestKnown: number): number {
    const population = side.total(POPULATION_CELL, attributes.industry, newestKnown)
    if (population === 0) return 0
    const counted = side.windowSum(peerCell(policy.id), attributes.industry, newestKnown, baselinePeriods)
    return (counted * windowMs) / (population * baselinePeriods * periodMs)
  }

  return {
    policy,
    selections: [policy.select],
    read(view, [counted = []]) {
      const windowStart = view.tick - windowMs
      const recent: Entry[] = []
      const before: Entry[] = []
      for (const entry of counted) {
        if (entry.known >= windowStart) recent.push(entry)
        else if (entry.known >= windowStart - baselineMs) before.push(entry)
      }
      const first = recent[0]
      if (first === undefined) return NOTHING
      const leaves = first.known + windowMs + 1
      if (recent.length < 2) return { ...NOTHING, measure: '1', until: leaves }
      const until = Math.min(leaves, (before[0]?.known ?? first.known) + windowMs + baselineMs + 1)
      const peers = policy.peers ? peersPerWindow(view, recent.at(-1)?.known ?? first.known) : 0
      const expected = (before.length + peers) / (windows + (policy.peers ? 1 : 0)) + 0.05
      const tail = poissonTail(recent.length, expected)
      const powers = -Math.log10(Math.max(tail, 1e-9))
      return {
        intensity: Math.max(0, Math.min(1000, Math.floor((powers - 1) * 250))),
        measure: `${recent.length}/${expected.toFixed(2)}`,
        evidence: evidenceOf(recent),
        until,
      }
    },
  }
}
