import type { ToldAgain, Touched } from './objection.ts'
import type { Selectable } from './selection.ts'

/** Repair of credit (信用修复): how a record that was right comes to be shown, shared and used no more. */
export const REPAIR_PROOFS = ['promise', 'training', 'proof'] as const
/** A public promise, a training attended, the proof that the duty was done. */
export type RepairProof = (typeof REPAIR_PROOFS)[number]

/** One entry of the log for each step; times are UTC milliseconds of the realm's clock. */
export type RepairStep = {
  readonly type: 'repair-step'
  readonly realm: string
  readonly id: string
  readonly repair: string
  readonly at: number
  readonly by: string
} & (
  | {
      readonly step: 'opened'
      /** Observation id, or `feed/record/`. */
      readonly target: string
      readonly enterprise: string
      readonly authority: string
      readonly severity: 'minor' | 'general' | 'serious'
      readonly causes: readonly string[]
      /** Date of the document: the display clock starts there. */
      readonly dated: number
      /** What the rules of display look at, and from when a repair may be asked for by those of the opening. Absent of repairs of penalties of before. */
      readonly shown?: Selectable
      readonly earliest?: number
    }
  | { readonly step: RepairProof; readonly document: string }
  | {
      readonly step: 'requested'
      /** The rule set in force on the relevant date, by its id. */
      readonly rules: string
      readonly earliest: number
      readonly due: number
      readonly provisional: boolean
    }
  /** The authority has not answered by `due`: its superior is told, once for each request. */
  | { readonly step: 'overdue'; readonly superior: string }
  /** Display, sharing and use stop; the site has until `stopBy` to stop showing it. */
  | {
      readonly step: 'granted'
      readonly stopBy: number
      readonly provisional: boolean
      readonly reason: string
      readonly touched: Touched
    }
  /** Whoever showed the record shows it no more: by a document that says so, or, where there is none, by its source. */
  | { readonly step: 'stopped'; readonly document: string }
  /** It is shown after `stopBy`: the superior is told, once. */
  | { readonly step: 'still-shown'; readonly superior: string }
  | { readonly step: 'declined'; readonly reason: string }
  /** It is scored anew, whoever was told is told again, and measures that rested on the record are lifted. */
  | { readonly step: 'lifted'; readonly told: readonly ToldAgain[] }
  /** The longest display period is over: it stops by itself. */
  | { readonly step: 'ended'; readonly rules: string }
)
