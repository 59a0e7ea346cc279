import type { Bilingual } from '../../core/bilingual.ts'
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
  /** When it was seen or said to be shown no more; 0 before. */
  readonly stopped: number
  /** Who was told that it is shown after its day; empty where nobody was. */
  readonly stillShown: string
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
  | 'already-stopped'

/** The same to a person. */
export const REFUSALS: Readonly<Record<RepairRefusal, Bilingual>> = {
  'not-opened': { zh: '没有这件修复申请', en: 'There is no such repair' },
  'already-opened': { zh: '该修复已登记', en: 'This repair is open already' },
  over: { zh: '该修复已办结', en: 'This repair is over' },
  'not-requested': { zh: '尚未提出申请', en: 'Nothing has been requested yet' },
  'already-requested': { zh: '申请正在办理', en: 'A request is being answered already' },
  'not-granted': { zh: '尚未准予修复', en: 'The repair has not been granted' },
  'not-due': { zh: '该修复未到期或已标记逾期', en: 'This repair is not due, or marked already' },
  'already-stopped': { zh: '已停止公示', en: 'It is shown no more already' },
}

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
  if (step.step === 'stopped' || step.step === 'still-shown') {
    if (state !== 'granted' && state !== 'lifted') return refused(previous, 'not-granted')
    if (previous.stopped > 0) return refused(previous, 'already-stopped')
    if (step.step === 'stopped') return { next: { ...previous, stopped: step.at } }
    if (previous.stillShown !== '' || step.at < previous.stopBy) return refused(previous, 'not-due')
    return { next: { ...previous, stillShown: step.superior } }
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
  const answered = { granted: 0, stopped: 0, stillShown: '', touched: null, told: [] }
  return { ...record, state: 'open', ...open, ...answered }
}
