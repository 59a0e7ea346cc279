import type { ObjectionStep } from './objection.ts'
import type { PolicyStep } from './policy-step.ts'
import type { RepairStep } from './repair.ts'
import type { FeedState } from './risk.ts'

/** What people and schedules decide, as entries of the log. Times are UTC milliseconds of the realm's clock. */
export type Decision =
  | ObjectionStep
  | PolicyStep
  | RepairStep
  | {
      readonly type: 'warning-decided'
      readonly realm: string
      readonly id: string
      readonly warning: string
      readonly to: 'confirmed' | 'dispatched' | 'closed'
      readonly by: string
      readonly note: string
      readonly at: number
    }
  | {
      /** Before the draw: what is drawn from, and a hash that binds the seed that is still secret. */
      readonly type: 'draw-committed'
      readonly realm: string
      readonly id: string
      readonly period: string
      readonly policy: string
      readonly rosterHash: string
      /** Empty in the log where `rosterPages` entries before this one hold it. */
      readonly roster: readonly DrawCandidate[]
      readonly rosterPages: number
      readonly inspectors: readonly DrawInspector[]
      /** Inspectors that go together on one visit, at least 2. */
      readonly teamSize: number
      readonly seedCommitment: string
      readonly at: number
    }
  | {
      /** A part of a long roster: an entry of the log has a bound. */
      readonly type: 'draw-roster'
      readonly realm: string
      readonly id: string
      readonly rosterHash: string
      readonly page: number
      readonly roster: readonly DrawCandidate[]
      readonly at: number
    }
  | {
      readonly type: 'draw-opened'
      readonly realm: string
      readonly id: string
      readonly seed: string
      readonly visits: readonly DrawnVisit[]
      readonly at: number
    }
  | {
      /** A feed's state changed: what its silence means from then on, as every shard was told. */
      readonly type: 'feed-state'
      readonly realm: string
      readonly id: string
      readonly feed: string
      readonly from: FeedState
      readonly to: FeedState
      readonly at: number
    }
  | {
      readonly type: 'plan-set'
      readonly realm: string
      readonly id: string
      readonly period: string
      readonly policy: string
      readonly strata: readonly PlanStratum[]
      readonly at: number
    }
  | {
      /** Two ids are one subject: from now on, and as far as anything is judged again, all is about `into`. */
      readonly type: 'identity-merged' | 'identity-split'
      readonly realm: string
      readonly id: string
      readonly from: string
      readonly into: string
      readonly by: string
      readonly note: string
      readonly at: number
    }
  | {
      /** The display of a published record is over, and nobody had asked for its repair. */
      readonly type: 'display-ended'
      readonly realm: string
      readonly id: string
      /** Observation id. */
      readonly target: string
      /** Hash of the content that came to its end: what its source says anew may be shown for longer. */
      readonly content: string
      readonly enterprise: string
      readonly authority: string
      /**
       * The rule set in force when it was seen, by its id; of no penalty with the display in it: `set/display`; and
       * `/stated` where the record had said itself until when it is shown.
       */
      readonly rules: string
      readonly provisional: boolean
      /** Whether the record still counts though it is not shown any more. */
      readonly used: boolean
      /** Date of the document, and the end of its display; UTC ms. */
      readonly dated: number
      readonly at: number
    }
  | {
      /** The ground of a listing is gone since `since`, and whoever listed it has not taken it off by `due`: the superior is told, once. */
      readonly type: 'removal-overdue'
      readonly realm: string
      readonly id: string
      /** Observation id. */
      readonly target: string
      readonly enterprise: string
      readonly authority: string
      readonly superior: string
      /** The rule set and the display in it. */
      readonly rules: string
      readonly provisional: boolean
      readonly since: number
      readonly due: number
      readonly at: number
    }
  | {
      /** A binding was corrected, and the device's rows were gone through. */
      readonly type: 'binding-corrected'
      readonly realm: string
      readonly id: string
      /** Or the place, as rows about it name their subject. */
      readonly device: string
      /** Observations that are about another enterprise now. */
      readonly moved: number
      /** Observations that were taken back, as no binding covers them any more; a later binding brings them back. */
      readonly unbound: number
      readonly at: number
    }

export interface PlanStratum {
  readonly class: 'A' | 'B' | 'C' | 'D'
  readonly enterprises: number
  /** Per mille of the stratum to be inspected in a year. */
  readonly ratioPerMille: number
  /** Most routine visits an enterprise of this class gets in a year; -1 where the law sets none. */
  readonly yearlyCap: number
  /** Visits expected in the period, rounded up. */
  readonly visits: number
}

export interface DrawCandidate {
  readonly enterprise: string
  readonly class: 'A' | 'B' | 'C' | 'D'
  readonly district: string
  readonly industry: string
  /** Inclusion probability in parts per million. */
  readonly probabilityPpm: number
}

export interface DrawInspector {
  readonly inspector: string
  readonly authority: string
  /** The district that the inspector may work in; empty where the whole city. */
  readonly district: string
  /** Enterprises that this inspector must not visit (回避). */
  readonly avoids: readonly string[]
}

export interface DrawnVisit {
  readonly enterprise: string
  /** All of one authority; empty where fewer than a team may go there: drawn, but unstaffed. */
  readonly inspectors: readonly string[]
}
