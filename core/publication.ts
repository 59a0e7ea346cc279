import type { Bilingual, Selection } from './policy.ts'

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
