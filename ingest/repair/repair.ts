import type { ToldAgain, Touched } from '../../core/objection.ts'
import type { RepairProof, RepairStep } from '../../core/repair.ts'
import type { Selectable } from '../../core/selection.ts'

export type RepairState = 'open' | 'requested' | 'overdue' | 'granted' | 'declined' | 'lifted' | 'ended'

/** A repair as its steps have made it. */
export interface Repair {
  readonly id: string
  readonly realm: string
  readonly state: RepairState
  readonly target: string
  readonly enterprise: string
  readonly authority: string
  readonly severity: 'minor' | 'general' | 'serious'
  readonly causes: readonly string[]
  readonly dated: number
  /** What the rules of display look at; absent of repairs of penalties of before. */
  readonly shown: Selectable | undefined
  readonly opened: number
  /** What has been brought, by the document's reference. */
  readonly proofs: Readonly<Partial<Record<RepairProof, string>>>
  readonly rules: string
  readonly earliest: number
  readonly due: number
  readonly stopBy: number
  readonly provisional: boolean
  /** Who was told that the authority is late; empty where nobody was. */
  readonly superior: string
  readonly reason: string
  readonly granted: number
  readonly touched: Touched | null
  readonly told: readonly ToldAgain[]
}

/** Why a step is not taken: a closed set. */
export type RepairRefusal =
  | 'not-opened'
  | 'already-opened'
  | 'over'
  | 'not-requested'
  | 'already-requested'
  | 'not-granted'
  | 'not-due'

export type RepairTurn =
  | { readonly next: Repair; readonly refused?: undefined }
  | { readonly next: Repair | undefined; readonly refused: RepairRefusal }

/**
 * What becomes of a repair; total: every step in every state has an answer. A declined one may bring more and ask again;
 * display ends by itself whatever was asked.
 */
export function stepRepair(previous: Repair | undefined, step: RepairStep): RepairTurn {
  if (step.step === 'opened')
    return previous === undefined ? { next: fromOpened(step) } : refused(previous, 'already-opened')
  if (previous === undefined) return refused(previous, 'not-opened')
  const { state } = previous
  if (step.step === 'lifted') {
    return state === 'granted'
      ? { next: { ...previous, state: 'lifted', told: step.told } }
      : refused(previous, 'not-granted')
  }
  if (state === 'granted' || state === 'lifted' || state === 'ended') return refused(previous, 'over')
  const isAsked = state === 'requested' || state === 'overdue'
  switch (step.step) {
    case 'requested': {
      if (isAsked) return refused(previous, 'already-requested')
      const { rules, earliest, due, provisional } = step
      return { next: { ...previous, state: 'requested', rules, earliest, due, provisional, superior: '' } }
    }
    case 'overdue':
      if (state !== 'requested' || step.at < previous.due) return refused(previous, 'not-due')
      return { next: { ...previous, state: 'overdue', superior: step.superior } }
    case 'granted':
      if (!isAsked) return refused(previous, 'not-requested')
      return {
        next: {
          ...previous,
          state: 'granted',
          stopBy: step.stopBy,
          provisional: previous.provisional || step.provisional,
          reason: step.reason,
          granted: step.at,
          touched: step.touched,
        },
      }
    case 'declined':
      if (!isAsked) return refused(previous, 'not-requested')
      return { next: { ...previous, state: 'declined', reason: step.reason } }
    case 'ended':
      return { next: { ...previous, state: 'ended', rules: step.rules } }
    default:
      return { next: { ...previous, proofs: { ...previous.proofs, [step.step]: step.document } } }
  }
}

/** All repairs of a list of steps, in the order in which they were opened. A step that comes again changes nothing. */
export function repairsOf(steps: readonly RepairStep[]): ReadonlyMap<string, Repair> {
  const repairs = new Map<string, Repair>()
  const seen = new Set<string>()
  for (const step of steps) {
    if (seen.has(step.id)) continue
    seen.add(step.id)
    const { next } = stepRepair(repairs.get(step.repair), step)
    if (next !== undefined) repairs.set(step.repair, next)
  }
  return repairs
}

function refused(next: Repair | undefined, why: RepairRefusal): RepairTurn {
  return { next, refused: why }
}

function fromOpened(step: Extract<RepairStep, { step: 'opened' }>): Repair {
  const { repair, realm, target, enterprise, authority, severity, causes, dated, shown, earliest = 0, at } = step
  const record = { id: repair, realm, target, enterprise, authority, severity, causes, dated, shown, opened: at }
  const open = { proofs: {}, rules: '', earliest, due: 0, stopBy: 0, provisional: false, superior: '', reason: '' }
  const answered = { granted: 0, touched: null, told: [] }
  return { ...record, state: 'open', ...open, ...answered }
}
