/** One indicator's part before combination: `strength` = weight × intensity / 1000, per mille. */
export interface Part {
  readonly weight: number
  readonly intensity: number
}

const MILLION = 1_000_000

/**
 * Noisy-or in fixed point: risk = 1000 × (1 − Π(1 − weight·intensity/10⁶)). Every cause can raise the risk on its own,
 * none can lower it, and it never passes 1000. Integers below 2⁵³ throughout, so that every machine gets the same.
 */
export function combine(parts: readonly Part[]): number {
  let remaining = NO_RISK
  for (const part of parts) remaining = afterPart(remaining, part)
  return riskOf(remaining)
}

/** What remains to be lost before any part, in millionths. */
export const NO_RISK = MILLION

/** What one part more leaves of it. */
export function afterPart(remaining: number, { weight, intensity }: Part): number {
  return Math.floor((remaining * (MILLION - weight * intensity)) / MILLION)
}

export function riskOf(remaining: number): number {
  return Math.floor((MILLION - remaining) / 1000)
}

/**
 * Shares out `risk` over the parts in proportion to weight × intensity, whole points by largest remainder (ties: the
 * earlier part), so that the contributions add up to the risk exactly.
 */
export function contributions(parts: readonly Part[], risk: number): number[] {
  let sum = 0
  for (const { weight, intensity } of parts) sum += weight * intensity
  if (sum === 0) return parts.map(() => 0)
  const remainders: number[] = []
  let left = risk
  const points = parts.map(({ weight, intensity }) => {
    const share = weight * intensity * risk
    const whole = Math.floor(share / sum)
    left -= whole
    remainders.push(share % sum)
    return whole
  })
  // Fewer points are left than there are parts: each gets one at most.
  for (; left > 0; left--) {
    const next = remainders.indexOf(Math.max(...remainders))
    points[next] = (points[next] ?? 0) + 1
    remainders[next] = -1
  }
  return points
}
