import type { Bilingual } from './bilingual.ts'
import type { DecayTable, IndicatorPolicy, Selection } from './indicator-policy.ts'

/** One year's arrangement as the State Council published it; dates are civil dates, `2026-02-15`. */
export interface CalendarYear {
  readonly year: number
  /** Number of the notice. */
  readonly document: string
  readonly published: string
  /** Days off, first and last, weekends in between included. */
  readonly rest: readonly (readonly [first: string, last: string])[]
  /** Weekend days that are worked to make up for them (调休). */
  readonly work: readonly string[]
}

/** Which days are worked, as data; the years follow one another without a gap. */
export interface CalendarPolicy {
  readonly calendar: string
  readonly name: Bilingual
  readonly years: readonly CalendarYear[]
}

/** One side of a comparison: which facts of an enterprise speak, and what is read out of them. */
export interface ComparedSide {
  readonly select: Selection
  /** Read from this fact; from the observation's value where absent. What cannot be read says nothing. */
  readonly fact?: string
  /** `newest` alone where absent; `sum`, `largest` and `count` go over what was known in the last `days`. */
  readonly take?: 'newest' | 'sum' | 'largest' | 'count'
  /** What became known longer ago says nothing; for ever where absent. */
  readonly days?: number
  /** The side holds only where what is read is one of these. */
  readonly among?: readonly string[]
  /** The side holds only where the number read is at least, or at most, this. */
  readonly atLeast?: number
  readonly atMost?: number
}

/**
 * What two feeds say of one enterprise and what must not differ (数据比对). `agree`: the same text. `ratio`: the left
 * number within `least` and `most` per mille of the right one. `never-both`: both sides hold; with `rightLater` only
 * facts on the right that became known after the left one count.
 */
export type ComparisonPolicy = {
  readonly id: string
  readonly name: Bilingual
  readonly left: ComparedSide
  readonly right: ComparedSide
} & (
  | { readonly rule: 'agree' }
  | { readonly rule: 'ratio'; readonly least?: number; readonly most?: number }
  | { readonly rule: 'never-both'; readonly rightLater?: boolean }
)

/**
 * A time by which an act must be public, as law sets it: data, since it changes. The day of the decision does not
 * count; the act is on time until the end of the last working day.
 */
export interface PublicationClock {
  readonly id: string
  readonly name: Bilingual
  readonly select: Selection
  readonly workingDays: number
  /** The rule that sets it. */
  readonly source: string
  /** Acts decided from this date on, `2019-09-30`. */
  readonly effective: string
}

/** Counts by cell, sealed period by period, that come back to enterprises and to detection. */
export interface CellPolicy {
  readonly id: string
  readonly select: Selection
  /** What the cell is keyed by, in order; `place` is the square of the place's grid. */
  readonly by: readonly ('district' | 'industry' | 'cause' | 'place')[]
}

export interface ClassBand {
  readonly class: 'A' | 'B' | 'C' | 'D'
  /** Lowest class basis, 0–1000, that falls into it. */
  readonly from: number
}

export interface WarningBand {
  readonly level: 'blue' | 'yellow' | 'orange' | 'red'
  /** Raised at or above; lowered only below `from - hysteresis`. */
  readonly from: number
}

export interface RealmPolicy {
  readonly realm: string
  readonly name: Bilingual
  /** 演示: marked on every page, notices locked to the built-in receiver. */
  readonly demonstration: boolean
  readonly clock: 'live' | 'event'
  /** Minutes east of UTC. */
  readonly zoneOffsetMinutes: number
  readonly effective: string
  /** Scores are sealed on this grid; a divisor or multiple of a day. */
  readonly tickMinutes: number
  /** Cells are sealed on this grid, in days; what they say takes effect one period later. */
  readonly periodDays: number
  /** Edge of the square into which places fall, in thousandths of a degree. */
  readonly placeGridMilliDegrees: number
  readonly classScheme: string
  readonly classes: readonly ClassBand[]
  readonly warnings: readonly WarningBand[]
  readonly warningHysteresis: number
  readonly decays: Readonly<Record<string, DecayTable>>
  readonly indicators: readonly IndicatorPolicy[]
  readonly cells: readonly CellPolicy[]
  readonly detection: DetectionPolicy
  readonly sampling: string
  readonly districts: Readonly<Record<string, Bilingual>>
  readonly industries: Readonly<Record<string, Bilingual>>
  readonly causes: Readonly<Record<string, Bilingual>>
  readonly routes: readonly Route[]
  /** Which days are worked; every weekday where absent. In a file it may be named: `cn` is `policies/calendars/cn.json`. */
  readonly calendar?: CalendarPolicy
  readonly comparisons?: readonly ComparisonPolicy[]
  readonly publication?: readonly PublicationClock[]
}

/** The same cause rising in several industries of a district at once. */
export interface DetectionPolicy {
  readonly cell: string
  readonly windowPeriods: number
  readonly baselinePeriods: number
  /** Fewest industries that must rise together. */
  readonly industries: number
  readonly minimumCount: number
  /** One industry's tail probability that counts as rising. */
  readonly pEach: number
  /** Expected false clusters a year that the city accepts, over all cells. */
  readonly alarmsPerYear: number
}

/** First match wins; an absent field matches all. */
export interface Route {
  readonly receiver: string
  readonly districts?: readonly string[]
  readonly industries?: readonly string[]
  readonly causes?: readonly string[]
  readonly levels?: readonly string[]
}
