import type { WorkCalendar } from '../../core/calendar.ts'
import type { IndicatorPolicy, Selection } from '../../core/indicator-policy.ts'
import type { RealmPolicy } from '../../core/policy.ts'
import type { Attributes, EnterpriseState } from '../enterprise.ts'
import type { Entry } from '../entry.ts'
import type { Side } from '../side.ts'
import type { Reading } from './reading.ts'

/** What an indicator may look at: only what was known strictly before `tick`. */
export interface View {
  readonly tick: number
  readonly enterprise: EnterpriseState
  readonly attributes: Attributes
  readonly side: Side
  /** When anything was first known of the enterprise. */
  readonly firstKnown: number
}

/** A named rule, compiled once. `read` gets the active entries that each of its selections counts, oldest first. */
export interface Indicator {
  readonly policy: IndicatorPolicy
  readonly selections: readonly Selection[]
  /** Says something where nothing was counted, too. */
  readonly speaksOfLack?: boolean
  /** Looks at nothing but what it counts: until its `until` all of a reading stays as it is, its words included. */
  readonly isSteady?: boolean
  read(view: View, counted: readonly (readonly Entry[])[]): Reading
}

export type IndicatorOf<Kind extends IndicatorPolicy['kind']> = Extract<IndicatorPolicy, { readonly kind: Kind }>

export interface IndicatorContext {
  readonly realm: RealmPolicy
  readonly periodMs: number
  readonly calendar: WorkCalendar
}

export const NOTHING: Reading = { intensity: 0, measure: '0', evidence: [], until: Number.POSITIVE_INFINITY }

/** `part` of `whole` as 0–1000, whole, bounded. */
export function perMille(part: number, whole: number): number {
  if (whole <= 0) return part > 0 ? 1000 : 0
  return Math.max(0, Math.min(1000, Math.floor((part * 1000) / whole)))
}

/** Saturation: half of the full intensity at `half`, never quite all of it. Both in the same unit. */
export function saturating(amount: number, half: number): number {
  if (amount <= 0) return 0
  return Math.floor((amount * 1000) / (amount + half))
}

/** Ids of the newest entries, newest first, at most five. */
export function evidenceOf(entries: readonly Entry[]): string[] {
  return entries
    .slice(-5)
    .reverse()
    .map((entry) => entry.id)
}
