import type { Entry } from '../entry.ts'

/** How often a camera is right, 0–1000: what an event of it is worth before anybody has looked. */
export type CameraPrecision = (camera: string) => number

/**
 * The mean of a Beta distribution: the policy's prior counts and the camera's own verdicts. A camera that nobody has
 * checked has the prior's; one that cried wolf ten times needs as many true alarms to be believed again. Verdicts other
 * than `confirmed` and `false` say nothing.
 */
export function cameraPrecision(
  verdicts: readonly Entry[],
  prior: { readonly confirmed: number; readonly false: number },
): CameraPrecision {
  const counts = new Map<string, { confirmed: number; false: number }>()
  for (const { facts } of verdicts) {
    const { camera = '', verdict } = facts ?? {}
    if (verdict !== 'confirmed' && verdict !== 'false') continue
    const own = counts.get(camera) ?? { confirmed: 0, false: 0 }
    own[verdict]++
    counts.set(camera, own)
  }
  return (camera) => {
    const own = counts.get(camera) ?? { confirmed: 0, false: 0 }
    const right = prior.confirmed + own.confirmed
    return Math.floor((1000 * right) / (right + prior.false + own.false))
  }
}

/** The weight of one event, 0–1000: its confidence (0–1) times the precision of its camera. */
export function eventWeight(confidence: number, precision: number): number {
  return Math.floor((Math.round(Math.max(0, Math.min(1, confidence)) * 1000) * precision) / 1000)
}
