import { type Indicator, type IndicatorContext, type IndicatorOf, NOTHING, perMille, saturating } from './indicator.ts'

/** Complaints in the squares around the enterprise, against a fixed measure or against the rest of its own past. */
export function createPlaceSurge(policy: IndicatorOf<'place-surge'>, { periodMs }: IndicatorContext): Indicator {
  const pastPeriods = policy.windowPeriods * 8
  return {
    policy,
    selections: [],
    read({ tick, attributes, side }) {
      if (attributes.place === '') return NOTHING
      const recent = side.windowSum(policy.cell, attributes.place, tick, policy.windowPeriods)
      if (recent === 0) return NOTHING
      const until = side.windowExpiry(policy.cell, attributes.place, tick, policy.windowPeriods)
      if (!policy.relative) {
        return { intensity: saturating(recent, policy.saturation), measure: String(recent), evidence: [], until }
      }
      const past = side.windowSum(policy.cell, attributes.place, tick - policy.windowPeriods * periodMs, pastPeriods)
      const expected = past / 8 + 0.5
      return {
        intensity: perMille(Math.max(0, recent - 2 * expected), policy.saturation),
        measure: `${recent}/${expected.toFixed(1)}`,
        evidence: [],
        until,
      }
    },
  }
}

/** The gravest own risk among other enterprises of the same owners, passed on at `hopWeight` per mille, one hop. */
export function createOwnership(policy: IndicatorOf<'ownership'>): Indicator {
  return {
    policy,
    selections: [],
    read({ tick, attributes, side, enterprise }) {
      let gravest = 0
      let through = ''
      for (const owner of attributes.owners) {
        for (const [member, own] of side.members(owner, tick)) {
          if (member === enterprise.id || own <= gravest) continue
          gravest = own
          through = member
        }
      }
      if (gravest < policy.floor) return NOTHING
      return {
        intensity: Math.min(1000, Math.floor((gravest * policy.hopWeight) / 1000)),
        measure: `${through} (${gravest})`,
        evidence: [],
        until: Number.POSITIVE_INFINITY,
      }
    },
  }
}
