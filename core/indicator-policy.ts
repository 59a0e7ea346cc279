import type { Bilingual } from './bilingual.ts'
import type { ObservationKind, Trust } from './observation.ts'

/** Which observations an indicator counts: every field given must match; a list matches any of its members. */
export interface Selection {
  readonly kinds: readonly ObservationKind[]
  readonly feeds?: readonly string[]
  readonly causes?: readonly string[]
  readonly trusts?: readonly Trust[]
  /** Facts by name: the value must be one of these. */
  readonly facts?: Readonly<Record<string, readonly string[]>>
}

/** Weight per mille by age in whole days, as steps: `[[0, 1000], [30, 800]]` is 1000 until day 30, then 800. Ends at 0. */
export type DecayTable = readonly (readonly [ageDays: number, weight: number])[]

interface IndicatorBase {
  readonly id: string
  readonly name: Bilingual
  /** One of the five families of the general indicator system: attributes, conduct, supervision, ties, society. */
  readonly family: 'attributes' | 'conduct' | 'supervision' | 'ties' | 'society'
  /** Part in the risk, per mille, when the intensity is full. */
  readonly weight: number
  /** Rests on verified findings and decisions alone, and so enters the class basis. */
  readonly basis: boolean
  /** What it points at: the cause that warnings and cells are grouped by. */
  readonly cause: string
}

/**
 * Readings are told apart by fact `metric`; a commitment's end is its fact `deadline`, epoch milliseconds as text; members of
 * one group share fact `owner`. `absence` counts from the last matching observation: who never had one owes none. With
 * `workingDays`, days are working days of the realm's calendar.
 */
export type IndicatorPolicy = IndicatorBase &
  (
    | {
        readonly kind: 'decayed-count'
        readonly select: Selection
        readonly decay: string
        readonly saturation: number
        readonly byValue?: number
        /** Turned about: full where nothing is counted, falling as facts come, rising again as they age. */
        readonly lacking?: boolean
      }
    | {
        readonly kind: 'burst'
        readonly select: Selection
        readonly windowDays: number
        readonly baselineDays: number
        readonly peers: boolean
      }
    | {
        readonly kind: 'threshold-duration'
        readonly metric: string
        readonly above: number
        readonly forMinutes: number
        readonly fullMinutes: number
        readonly holdDays: number
      }
    | {
        readonly kind: 'deadline'
        readonly select: Selection
        readonly outcome: Selection
        readonly match: string
        readonly fullDays: number
        readonly workingDays?: boolean
        /** What names no date of its own is due at the end of so many days after it was decided. */
        readonly withinDays?: number
        /** Only an outcome that became known later settles it: for states that come and go under one `match`. */
        readonly outcomeLater?: boolean
        /** Outcomes that settle at once all that share another fact with them: the reset of a panel, its alarms. */
        readonly widerOutcomes?: readonly { readonly outcome: Selection; readonly match: string }[]
      }
    | {
        readonly kind: 'absence'
        readonly select: Selection
        readonly afterDays: number
        readonly fullDays: number
        /** Time in which this feed was late, silent or malformed is not counted. */
        readonly feed: string
        readonly workingDays?: boolean
      }
    | {
        /** The gravest run of facts no further apart than the gap, felt until `holdDays` after its last. */
        readonly kind: 'session-count'
        readonly select: Selection
        readonly gapHours: number
        readonly aggregate: 'count' | 'sum'
        /** Less than this says nothing. */
        readonly threshold: number
        readonly saturation: number
        readonly holdDays: number
      }
    | {
        /** `sliding`: the hours up to now; `tumbling`: the last whole window of the realm's clock. */
        readonly kind: 'window-count'
        readonly select: Selection
        readonly mode: 'tumbling' | 'sliding'
        readonly windowHours: number
        readonly aggregate: 'count' | 'sum' | 'max'
        readonly threshold: number
        readonly saturation: number
      }
    | {
        /** Two feeds contradict each other about the enterprise, for longer than both need to be brought up to date. */
        readonly kind: 'contradiction'
        readonly comparison: string
        readonly graceDays: number
        readonly workingDays?: boolean
      }
    | {
        readonly kind: 'sensor-anomaly'
        readonly metric: string
        readonly threshold: number
        readonly holdDays: number
      }
    | {
        readonly kind: 'place-surge'
        readonly cell: string
        readonly windowPeriods: number
        readonly saturation: number
        readonly relative: boolean
      }
    | {
        /** What cameras saw, once it was seen often enough: an event says which fact `event` its fact `camera` saw. */
        readonly kind: 'confirmed-events'
        readonly select: Selection
        /** Verdicts of people: fact `verdict` is `confirmed` or `false`, for the camera in fact `camera`. */
        readonly outcome: Selection
        /** So many events of one kind from one camera within the window make one that is believed. */
        readonly n: number
        readonly windowMinutes: number
        /** Events below this confidence, 0–1, are not counted. */
        readonly minConfidence: number
        readonly holdDays: number
        /** Believed events of full weight that give half of the intensity. */
        readonly saturation: number
        /** How often any camera is right, as counts of verdicts, before its own are known (Beta prior). */
        readonly precision: { readonly confirmed: number; readonly false: number }
      }
    | { readonly kind: 'ownership'; readonly hopWeight: number; readonly floor: number }
    | { readonly kind: 'attribute'; readonly fact: string; readonly values: Readonly<Record<string, number>> }
    | { readonly kind: 'age'; readonly fullDays: number; readonly select: Selection }
  )
