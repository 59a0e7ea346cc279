import type { Bilingual } from '../core/bilingual.ts'
import type { ObjectionOutcome } from '../core/objection.ts'
import type { RejectReason } from '../core/reject.ts'
import type { RepairProof } from '../core/repair.ts'
import type { RealmCard, RealmNames } from './board-model.ts'

/** What every page for stewards and officers says beside its own. Read only: whoever acts has a key of their own. */
export interface StewardFrame extends RealmCard {
  readonly names: Pick<RealmNames, 'feeds' | 'causes'>
  readonly authorities: Readonly<Record<string, Bilingual>>
  /** When it was read, UTC ms of the wall's clock. */
  readonly at: number
}

/** GET /api/realms/{realm}/steward/rejects. Of a row neither bytes nor values: only where it is and what is wrong. */
export interface RejectsPage extends StewardFrame {
  readonly totals: {
    readonly open: number
    readonly ended: number
    /** Received on the civil day of `at`, whatever became of them. */
    readonly today: number
    /** Feeds with an open reject. */
    readonly feeds: number
    /** When bytes of an open reject are deleted first, UTC ms; 0 where none is open. */
    readonly soonest: number
  }
  /** The last 30 civil days, oldest first: open and ended of what was received on each. */
  readonly days: readonly (readonly [day: string, open: number, ended: number])[]
  readonly groups: readonly RejectsOfAKind[]
  readonly newest: readonly RejectPlace[]
}

/** Rejects of one feed for one reason whose hints differ in figures and values alone. */
export interface RejectsOfAKind {
  readonly feed: string
  readonly reason: RejectReason
  readonly shape: string
  readonly open: number
  readonly ended: number
  /** UTC ms. */
  readonly first: number
  readonly last: number
}

export interface RejectPlace {
  readonly id: string
  readonly feed: string
  readonly reason: RejectReason
  readonly source: string
  readonly line: number
  readonly authority: string
  readonly received: number
}

/** GET /api/realms/{realm}/steward/cases. */
export interface CasesPage extends StewardFrame {
  readonly totals: {
    readonly unanswered: number
    readonly overdue: number
    readonly suspended: number
    readonly asked: number
    readonly granted: number
    readonly ended: number
    /** Still shown or listed after the day by which it had to go. */
    readonly stillShown: number
  }
  /** Those that wait for an answer first, by when it is due; at most 200. */
  readonly objections: readonly ObjectionRow[]
  readonly repairs: readonly RepairRow[]
  readonly displays: readonly DisplayRow[]
  /** Listings that were not taken off in time though their ground was gone, the latest first. */
  readonly listings: readonly ListingRow[]
}

/** A record that somebody objects to, or wants used no more; `enterprise` is empty where it is about a person. */
export interface CaseRow {
  readonly id: string
  readonly target: string
  readonly enterprise: string
  readonly authority: string
  /** Its dates are not settled: see the policy. */
  readonly provisional: boolean
}

export interface ObjectionRow extends CaseRow {
  readonly state: 'filed' | 'overdue' | 'decided' | 'told'
  readonly byPerson: boolean
  readonly ground: string
  readonly filed: number
  readonly due: number
  readonly suspended: boolean
  readonly outcome: ObjectionOutcome | ''
  /** Change points, warnings and receivers that the record had moved. */
  readonly moved: readonly [points: number, warnings: number, receivers: number]
}

export interface RepairRow extends CaseRow {
  readonly state: 'open' | 'requested' | 'overdue' | 'granted' | 'declined' | 'lifted' | 'ended'
  readonly severity: 'minor' | 'general' | 'serious'
  readonly brought: readonly RepairProof[]
  readonly opened: number
  readonly earliest: number
  readonly due: number
  readonly stopBy: number
  /** Of what was granted: it is shown no more. */
  readonly stopped: boolean
  /** The superior was told that it is shown after `stopBy`. */
  readonly stillShown: boolean
}

export interface DisplayRow extends Omit<CaseRow, 'id'> {
  readonly rules: string
  readonly dated: number
  readonly at: number
  /** Whether the record still counts. */
  readonly used: boolean
}

export interface ListingRow extends Omit<CaseRow, 'id'> {
  readonly since: number
  readonly due: number
}

/** GET /api/realms/{realm}/steward/codes: wrong and duplicate codes (重错码) of the last six months. */
export interface CodesPage extends StewardFrame {
  /** `2026-11`, oldest first. */
  readonly months: readonly string[]
  readonly lines: readonly CodeLine[]
}

export interface CodeLine {
  readonly authority: string
  readonly month: string
  readonly fault: 'bad-check-digit' | 'bad-code-shape' | 'legacy' | 'one-code-several-names' | 'one-name-several-codes'
  readonly count: number
  /** Records with a subject that the authority filed in that month. */
  readonly records: number
  /** Codes, or ids of rejects. */
  readonly examples: readonly string[]
}
