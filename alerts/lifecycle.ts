import type { Bilingual } from '../core/bilingual.ts'
import type { WarningLevel } from '../core/risk.ts'
import type { Warning, WarningState } from '../core/warning.ts'
import type { AlertReason } from './alert-reason.ts'
import { compareLevels, type Level } from './level.ts'
import { phrase } from './reason-text.ts'

/** What a warning says, apart from how far it has come. */
export interface Claim {
  readonly realm: string
  readonly kind: Warning['kind']
  readonly subject: string
  readonly name: string
  readonly district: string
  readonly industries: readonly string[]
  readonly cause: string
  readonly risk: number
  readonly measure: string
  readonly evidence: readonly string[]
  readonly enterprises: readonly string[]
  /** What moved, in words. */
  readonly change: Bilingual
  /** Who is told, by the level that it comes to. */
  readonly receivers: Readonly<Record<WarningLevel, string>>
}

/** The level went `from` → `to`; both may be the same. */
export interface LevelEvidence {
  readonly type: 'level'
  readonly from: Level
  readonly to: Level
  /** Only the hysteresis keeps the level. */
  readonly held: boolean
  /** A cluster took in more industries. */
  readonly grown: boolean
  /** What the warning rested on has been rewritten. */
  readonly corrected: boolean
  readonly claim: Claim
}

export interface DecisionEvidence {
  readonly type: 'decision'
  readonly to: 'confirmed' | 'dispatched' | 'closed'
}

export type Evidence = LevelEvidence | DecisionEvidence

/** `notice`: everyone concerned is told; `record`: history and boards only. */
export type Say = 'notice' | 'record' | 'nothing'

export interface Outcome {
  readonly next: Warning | undefined
  readonly say: Say
  readonly reason: AlertReason
}

const STAGES: Readonly<Record<WarningState, number>> = { open: 0, withdrawn: 0, confirmed: 1, dispatched: 2, closed: 3 }

/**
 * What becomes of a warning. `now` is the instant of the evidence, UTC ms of the realm's clock. A machine raises,
 * moves and withdraws; what a person took up only a person closes. After closing, the warning that is handed back
 * remembers as its level what those who closed it knew of: it follows the risk down, and only above it is a rise new.
 */
export function decideWarning(previous: Warning | undefined, evidence: Evidence, now: number): Outcome {
  if (evidence.type === 'decision') return byPerson(previous, evidence, now)
  if (previous === undefined || previous.state === 'withdrawn') return withNoneOpen(previous, evidence, now)
  if (previous.state === 'closed') return afterClosing(previous, evidence, now)
  return whileOpen(previous, evidence, now)
}

function byPerson(previous: Warning | undefined, { to }: DecisionEvidence, now: number): Outcome {
  if (previous === undefined) return { next: previous, say: 'nothing', reason: 'unknown-warning' }
  const closesWithdrawn = previous.state === 'withdrawn' && to === 'closed'
  if (STAGES[to] <= STAGES[previous.state] || closesWithdrawn) {
    return { next: previous, say: 'nothing', reason: 'already-decided' }
  }
  const next = revised(previous, now, { state: to })
  return { next, say: to === 'confirmed' ? 'record' : 'notice', reason: to }
}

function withNoneOpen(previous: Warning | undefined, evidence: LevelEvidence, now: number): Outcome {
  if (evidence.to === 'none') return { next: previous, say: 'nothing', reason: 'quiet' }
  return { next: raise(previous, evidence, evidence.to, now), say: 'notice', reason: 'raised' }
}

function afterClosing(previous: Warning, evidence: LevelEvidence, now: number): Outcome {
  const { to } = evidence
  const lower = compareLevels(to, previous.level) < 0
  if (to === 'none') {
    if (!evidence.corrected) return { next: undefined, say: 'nothing', reason: 'quiet' }
    const next = claimed(previous, evidence, previous.level, 'corrected', now, 'withdrawn')
    return { next, say: 'notice', reason: 'corrected' }
  }
  if (compareLevels(to, previous.level) > 0) {
    return { next: raise(previous, evidence, to, now), say: 'notice', reason: 'raised' }
  }
  if (evidence.corrected && lower) {
    return { next: claimed(previous, evidence, to, 'corrected', now), say: 'notice', reason: 'corrected' }
  }
  return { next: lower ? { ...previous, level: to } : previous, say: 'nothing', reason: 'held-as-handled' }
}

function whileOpen(previous: Warning, evidence: LevelEvidence, now: number): Outcome {
  const { from, to, corrected } = evidence
  const untouched = previous.state === 'open'
  if (to === 'none') {
    if (!untouched && from === 'none' && !corrected) return { next: previous, say: 'nothing', reason: 'unchanged' }
    const over = evidence.claim.kind === 'cross-industry' ? ENDED : WITHDRAWN
    const reason = corrected ? 'corrected' : untouched ? over.reason : 'subsided'
    const state = untouched ? (corrected ? 'withdrawn' : over.state) : previous.state
    const level = untouched ? previous.level : 'blue'
    return { next: claimed(previous, evidence, level, reason, now, state), say: 'notice', reason }
  }
  const step = compareLevels(to, previous.level)
  const resumed = from === 'none'
  const reason = corrected ? 'corrected' : step > 0 || resumed || evidence.grown ? 'escalated' : 'eased'
  if (corrected || step !== 0 || resumed || evidence.grown) {
    return { next: claimed(previous, evidence, to, reason, now), say: 'notice', reason }
  }
  return { next: previous, say: 'nothing', reason: evidence.held ? 'held-by-hysteresis' : 'unchanged' }
}

const WITHDRAWN = { reason: 'withdrawn', state: 'withdrawn' } as const
/** A cluster that fades was none the less there: it ends, and is not taken back. */
const ENDED = { reason: 'ended', state: 'closed' } as const

function raise(previous: Warning | undefined, evidence: LevelEvidence, level: WarningLevel, now: number): Warning {
  const { receivers, change, ...claim } = evidence.claim
  const subject = claim.kind === 'enterprise' ? claim.subject : `cluster/${claim.subject}`
  const id = `${claim.realm}/${subject}/${now}`
  // A correction may raise again at the very instant of the first raise: the same claim then, and its next revision.
  const revision = previous?.id === id ? previous.revision + 1 : 1
  const reason = phrase('raised', change, level)
  return { ...claim, id, level, state: 'open', reason, receiver: receivers[level], raised: now, changed: now, revision }
}

function claimed(
  previous: Warning,
  evidence: LevelEvidence,
  level: WarningLevel,
  reason: AlertReason,
  now: number,
  state: WarningState = previous.state,
): Warning {
  const { receivers, change, ...claim } = evidence.claim
  // What is over concerns those who knew of it, under the cause by which they knew it.
  const { cause, receiver } = evidence.to === 'none' ? previous : { cause: claim.cause, receiver: receivers[level] }
  return revised(previous, now, { ...claim, level, state, reason: phrase(reason, change, level), cause, receiver })
}

function revised(previous: Warning, now: number, change: Partial<Warning>): Warning {
  return { ...previous, ...change, changed: Math.max(now, previous.changed), revision: previous.revision + 1 }
}
