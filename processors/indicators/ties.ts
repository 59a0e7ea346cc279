import { floorToGrid } from '../../core/time.ts'
import type { Side } from '../side.ts'
import { type Indicator, type IndicatorContext, type IndicatorOf, NOTHING, perMille, saturating } from './indicator.ts'
import type { Reading } from './reading.ts'

/** A place's reading moves in steps, so that one complaint more does not rewrite the score of a whole quarter. */
const STEP = 50
/** Held against its own past a place's count is mostly noise: only quarters of the scale are told apart. */
const RELATIVE_STEP = 250
/** The past that a relative surge is held against, in windows. */
export const PAST_WINDOWS = 8

export type PlaceSurge = IndicatorOf<'place-surge'>

/** What is said of a place at a tick: the same for every enterprise that stands there. */
export function readPlace(policy: PlaceSurge, place: string, tick: number, side: Side, periodMs: number): Reading {
  const recent = side.windowSum(policy.cell, place, tick, policy.windowPeriods)
  if (recent === 0) return NOTHING
  if (!policy.relative) return said(saturating(recent, policy.saturation), STEP, String(recent))
  const past = side.windowSum(
    policy.cell,
    place,
    tick - policy.windowPeriods * periodMs,
    policy.windowPeriods * PAST_WINDOWS,
  )
  const expected = past / PAST_WINDOWS + 0.5
  return said(
    perMille(Math.max(0, recent - 2 * expected), policy.saturation),
    RELATIVE_STEP,
    `${recent}/${expected.toFixed(1)}`,
  )
}

/** Time changes it only where a period comes or goes, which is looked at place by place: see `createSurges`. */
function said(intensity: number, step: number, measure: string): Reading {
  return { intensity: Math.floor(intensity / step) * step, measure, evidence: [], until: Number.POSITIVE_INFINITY }
}

/** Complaints in the square of the enterprise, against a fixed measure or against the rest of its own past. */
export function createPlaceSurge(policy: PlaceSurge, { periodMs, realm }: IndicatorContext): Indicator {
  let read: PlacesRead = { side: undefined, sealedEnd: 0, periods: new Map() }

  function readIn(period: number, side: Side): Map<string, Reading> {
    if (side !== read.side || side.sealedEnd() !== read.sealedEnd) {
      read = { side, sealedEnd: side.sealedEnd(), periods: new Map() }
    }
    const known = read.periods.get(period)
    if (known !== undefined) return known
    if (read.periods.size >= PERIODS_KEPT) read.periods.clear()
    const places = new Map<string, Reading>()
    read.periods.set(period, places)
    return places
  }

  return {
    policy,
    selections: [],
    read({ tick, attributes, side }) {
      const { place } = attributes
      if (place === '') return NOTHING
      // Periods begin, end and take effect on one grid: within one of them a place reads the same.
      const period = floorToGrid(tick, periodMs, realm.zoneOffsetMinutes)
      const places = readIn(period, side)
      const known = places.get(place)
      if (known !== undefined) return known
      const reading = readPlace(policy, place, period, side, periodMs)
      places.set(place, reading)
      return reading
    },
  }
}

/** Shards that take turns are within so many periods of one another, or somebody's past is judged anew. */
const PERIODS_KEPT = 4

/** Readings of places by period, as far as the city has been heard. */
interface PlacesRead {
  readonly side: Side | undefined
  readonly sealedEnd: number
  readonly periods: Map<number, Map<string, Reading>>
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
