import type { Bilingual } from '../core/bilingual.ts'
import type { PlanStratum } from '../core/decision.ts'
import type { FeedHealth, Riser, WarningLevel } from '../core/risk.ts'
import type { Notice, Warning, WarningState } from '../core/warning.ts'

export type RiskClass = 'A' | 'B' | 'C' | 'D'

/** The JSON of area `realms`, key realm: what a page must know before it asks for a board. */
export interface RealmCard {
  readonly realm: string
  readonly name: Bilingual
  /** 演示: a simulated city; marked on every page. */
  readonly demonstration: boolean
  readonly clock: 'live' | 'event'
  readonly zoneOffsetMinutes: number
}

/** The names behind the codes of a realm, out of its policy set; they never change while a board is open. */
export interface RealmNames {
  readonly districts: Readonly<Record<string, Bilingual>>
  readonly industries: Readonly<Record<string, Bilingual>>
  readonly causes: Readonly<Record<string, Bilingual>>
  readonly feeds: Readonly<Record<string, Bilingual>>
  readonly indicators: Readonly<Record<string, Bilingual>>
  readonly authorities: Readonly<Record<string, Bilingual>>
}

/** The JSON of area `plans`, key `current`. */
export interface PlanDocument {
  readonly period: string
  readonly policy: string
  readonly strata: readonly PlanStratum[]
  /** Visits drawn so far in the period. */
  readonly drawn: number
}

/** The JSON of area `demo`, key notice id: what the built-in receiver got. */
export interface ReceivedDocument {
  /** Wall time, UTC ms. */
  readonly at: number
  readonly notice: Notice
  readonly verified: boolean
}

export interface ReceivedNotice {
  /** Wall time, UTC ms. */
  readonly at: number
  readonly notice: string
  readonly level: WarningLevel
  readonly verified: boolean
  /** The code of the authority that was told. */
  readonly receiver: string
  /** The enterprise; empty of a cluster, which is named by district and cause. */
  readonly name: string
  readonly district: string
  readonly cause: string
  readonly reason: Bilingual
}

/** A warning as the wall shows it: its evidence and enterprises are counted here and listed on its own page. */
export interface BoardWarning {
  readonly id: string
  readonly kind: Warning['kind']
  readonly level: WarningLevel
  readonly state: WarningState
  readonly subject: string
  readonly name: string
  readonly district: string
  readonly industries: readonly string[]
  readonly cause: string
  readonly risk: number
  readonly measure: string
  readonly reason: Bilingual
  readonly receiver: string
  readonly raised: number
  readonly changed: number
  readonly evidence: number
  readonly enterprises: number
}

/**
 * Everything that one realm's wall shows, as one JSON document. The stream `/api/realms/{realm}/board/stream` sends it
 * whole as event `board`, then merge patches (RFC 7396) as event `patch`, at most four a second, and a `beat` each
 * five seconds so that a page can tell silence from calm. A merge patch replaces arrays whole and cannot carry null:
 * what changes often is an object by key, and what may be missing is an absent member.
 */
export interface BoardModel extends RealmCard {
  /** The realm's own time, UTC ms: how far all of it is sealed; 0 before the first tick. */
  readonly sealedUntil: number
  /** Wall time of this state, UTC ms. */
  readonly at: number
  readonly totals: {
    readonly enterprises: number
    readonly classes: Readonly<Record<RiskClass, number>>
    readonly levels: Readonly<Record<WarningLevel | 'none', number>>
    readonly observations: number
    readonly observationsPerMinute: number
    readonly rejects: number
    readonly openWarnings: number
  }
  /** Axes are codes, `*` gathers what did not fit. `cells[district|industry]` = [enterprises, mean risk ×10, alerting]. */
  readonly heat: {
    readonly districts: readonly string[]
    readonly industries: readonly string[]
    readonly cells: Readonly<Record<string, readonly [number, number, number]>>
  }
  readonly names: RealmNames
  /** By id: the 40 gravest and newest that are not closed or withdrawn; `compareWarnings` orders them. */
  readonly warnings: Readonly<Record<string, BoardWarning>>
  /** By enterprise: the 16 steepest; `compareRisers` orders them. */
  readonly risers: Readonly<Record<string, Riser>>
  /** By feed. */
  readonly feeds: Readonly<Record<string, FeedHealth>>
  readonly plan?: PlanDocument
  /** By sealed instant, at most 120: [mean risk of the city ×10, open warnings]. */
  readonly trend: Readonly<Record<string, TrendPoint>>
  /** Newest first, at most 8. */
  readonly received: readonly ReceivedNotice[]
  /** Wall delay between receipt and publication of the newest observations, ms; absent while nothing was published. */
  readonly delayMs?: number
}

export type TrendPoint = readonly [meanRiskTimesTen: number, openWarnings: number]

/** One observation as a page shows it, down to the file and line it came from. */
export interface ObservationRow {
  readonly id: string
  readonly feed: string
  readonly kind: string
  readonly subject: string
  readonly cause: string
  readonly known: number
  readonly occurred: number
  readonly value: number | null
  readonly unit: string
  readonly facts: Readonly<Record<string, string>>
  readonly source: string
  readonly line: number
}

/** What one indicator adds to the score of an enterprise. */
export interface ScorePart {
  readonly indicator: string
  readonly name: Bilingual
  readonly family: string
  /** 0–1000: how much of the weight is in force. */
  readonly intensity: number
  /** Per mille of the risk when the intensity is full. */
  readonly weight: number
  readonly points: number
  readonly measure: string
  readonly basis: boolean
  readonly evidence: readonly string[]
}

/** GET /api/realms/{realm}/enterprises/{id}: one enterprise's page. The class on it is internal; each read is audited. */
export interface EnterprisePage {
  readonly realm: string
  readonly enterprise: string
  readonly name: string
  readonly district: string
  readonly industry: string
  readonly facts: Readonly<Record<string, string>>
  readonly demonstration: boolean
  readonly zoneOffsetMinutes: number
  readonly names: RealmNames
  readonly now: {
    readonly effective: number
    /** False while the score includes what has arrived and is not sealed yet. */
    readonly sealed: boolean
    readonly risk: number
    readonly own: number
    readonly basis: number
    readonly class: RiskClass
    readonly signals: readonly ScorePart[]
  } | null
  /** [effective, risk, basis], oldest first, at most the newest 2,000 change points. */
  readonly history: readonly (readonly [number, number, number])[]
  /** Newest first, at most 200. */
  readonly timeline: readonly ObservationRow[]
  readonly warnings: readonly Warning[]
  readonly receipt: {
    readonly policy: string
    readonly receipt: string
    readonly arithmetic: readonly string[]
  } | null
}

/** GET /api/realms/{realm}/warnings/{id}: a warning with the observations that it rests on. */
export interface WarningPage {
  readonly warning: Warning
  readonly evidence: readonly ObservationRow[]
  /** Names of the enterprises that it is about, where they are known. */
  readonly enterpriseNames: Readonly<Record<string, string>>
  /** What people decided of it, the newest first. */
  readonly decisions: readonly DecisionRow[]
}

export interface DecisionRow {
  readonly to: 'confirmed' | 'dispatched' | 'closed'
  /** Whose key it was; `~unsigned` where none was sent. */
  readonly by: string
  readonly note: string
  readonly at: number
}

export interface EnterpriseHit {
  readonly enterprise: string
  readonly name: string
  readonly district: string
  readonly industry: string
}

const GRAVITY: Readonly<Record<WarningLevel, number>> = { red: 0, orange: 1, yellow: 2, blue: 3 }

/** Gravest first, then newest; ids break ties so that a list never jumps by itself. */
export function compareWarnings(
  left: Pick<Warning, 'level' | 'raised' | 'id'>,
  right: Pick<Warning, 'level' | 'raised' | 'id'>,
): number {
  return (
    GRAVITY[left.level] - GRAVITY[right.level] ||
    right.raised - left.raised ||
    (left.id < right.id ? -1 : left.id > right.id ? 1 : 0)
  )
}

export function compareRisers(left: Riser, right: Riser): number {
  return (
    right.rise - left.rise || (left.enterprise < right.enterprise ? -1 : left.enterprise > right.enterprise ? 1 : 0)
  )
}
