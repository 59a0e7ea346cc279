/** Someone whom a record concerns says that it is wrong. Times are UTC milliseconds of the realm's clock. */
export type ObjectionOutcome =
  /** The record is taken back, as if it had never been. */
  | 'upheld'
  /** The record stands with other values, as if it had had them from the start. */
  | 'corrected'
  | 'rejected'

/** One entry of the log for each step; the id of a step is made of the objection and the step, so that each is taken once. */
export type ObjectionStep = {
  readonly type: 'objection-step'
  readonly realm: string
  readonly id: string
  readonly objection: string
  readonly at: number
  /** Who entered the step. */
  readonly by: string
} & (
  | {
      readonly step: 'filed'
      /** Observation id, or `feed/record/` for a record with all its parts. */
      readonly target: string
      readonly enterprise: string
      /** The enterprise itself, or the token of a person: never a name. */
      readonly objector: string
      readonly ground: string
      /** Must answer by `due`, and its superior is told when it has not. */
      readonly authority: string
      readonly due: number
      /** The calendar or the number of days behind `due` is not settled: see the policy named. */
      readonly provisional: boolean
      readonly policy: string
      /** The record is not used until the objection is decided. */
      readonly suspended: boolean
    }
  | { readonly step: 'overdue'; readonly superior: string }
  | {
      readonly step: 'decided'
      readonly outcome: ObjectionOutcome
      readonly reason: string
      readonly touched: Touched
    }
  /** Objector and receivers have been told what came of it. */
  | { readonly step: 'told'; readonly told: readonly ToldAgain[] }
)

/** What a record had moved before it was taken back or corrected. Lists are bounded, and `more` says that one was cut. */
export interface Touched {
  /** Change points whose evidence it was, and the first and last instant of them; 0 where none. */
  readonly points: number
  readonly from: number
  readonly to: number
  /** With the newest revision that there was. */
  readonly warnings: readonly { readonly id: string; readonly revision: number }[]
  /** Whoever was sent a notice of one of these warnings. */
  readonly receivers: readonly { readonly warning: string; readonly receiver: string }[]
  /** Plans made while it counted, and draws in which the enterprise stood. */
  readonly plans: readonly string[]
  readonly draws: readonly string[]
  readonly more: boolean
}

export interface ToldAgain {
  readonly warning: string
  readonly receiver: string
  /** The notice that told of it; made once, by the alert role where the warning itself changed, else by the objection. */
  readonly notice: string
}
