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
  let remaining = MILLION
  for (const { weight, intensity } of parts) {
    remaining = Math.floor((remaining * (MILLION - weight * intensity)) / MILLION)
  }
  return Math.floor((MILLION - remaining) / 1000)
}

/**
 * Shares out `risk` over the parts in proportion to weight × intensity, whole points by largest remainder (ties: the
 * earlier part), so that the contributions add up to the risk exactly.
 */
export function contributions(parts: readonly Part[], risk: number): number[] {
  const strengths = parts.map(({ weight, intensity }) => weight * intensity)
  const sum = strengths.reduce((total, strength) => total + strength, 0)
  if (sum === 0) return parts.map(() => 0)
  const points = strengths.map((strength) => Math.floor((strength * risk) / sum))
  const left = risk - points.reduce((total, point) => total + point, 0)
  const byRemainder = strengths
    .map((strength, index) => ({ index, remainder: (strength * risk) % sum }))
    .sort((one, other) => other.remainder - one.remainder || one.index - other.index)
  for (const { index } of byRemainder.slice(0, left)) points[index] = (points[index] ?? 0) + 1
  return points
}
