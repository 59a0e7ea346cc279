/** The end of a period of working days. */
export interface Deadline {
  /** The instant at which the last day is over, UTC ms. */
  readonly at: number
  /** The calendar does not cover it: the date may still move. */
  readonly provisional: boolean
}

/** Counts `days` working days from the day after `from` (UTC ms), by the calendar of a realm. */
export type AddWorkingDays = (from: number, days: number) => Deadline
