import type { ObjectionOutcome, ObjectionStep, ToldAgain, Touched } from '../../core/objection.ts'

export type ObjectionState = 'filed' | 'overdue' | 'decided' | 'told'

/** An objection as its steps have made it. */
export interface Objection {
  readonly id: string
  readonly realm: string
  readonly state: ObjectionState
  readonly target: string
  readonly enterprise: string
  readonly objector: string
  readonly ground: string
  readonly authority: string
  readonly filed: number
  readonly due: number
  readonly provisional: boolean
  readonly policy: string
  readonly suspended: boolean
  readonly outcome: ObjectionOutcome | null
  readonly reason: string
  readonly decided: number
  readonly superior: string
  readonly touched: Touched | null
  readonly told: readonly ToldAgain[]
}

/** Why a step is not taken: a closed set. */
export type ObjectionRefusal =
  | 'not-filed'
  | 'already-filed'
  | 'already-decided'
  | 'not-decided'
  | 'already-told'
  | 'not-due'

export type ObjectionTurn =
  | { readonly next: Objection; readonly refused?: undefined }
  | { readonly next: Objection | undefined; readonly refused: ObjectionRefusal }

/** What becomes of an objection; total: every step in every state has an answer. A step that is refused changes nothing. */
export function stepObjection(previous: Objection | undefined, step: ObjectionStep): ObjectionTurn {
  if (step.step === 'filed')
    return previous === undefined ? { next: fromFiled(step) } : refused(previous, 'already-filed')
  if (previous === undefined) return refused(previous, 'not-filed')
  const isDecided = previous.state === 'decided' || previous.state === 'told'
  switch (step.step) {
    case 'overdue':
      if (isDecided) return refused(previous, 'already-decided')
      if (previous.state === 'overdue' || step.at < previous.due) return refused(previous, 'not-due')
      return { next: { ...previous, state: 'overdue', superior: step.superior } }
    case 'decided': {
      if (isDecided) return refused(previous, 'already-decided')
      const { outcome, reason, touched, at } = step
      return { next: { ...previous, state: 'decided', outcome, reason, touched, decided: at, suspended: false } }
    }
    case 'told':
      if (!isDecided) return refused(previous, 'not-decided')
      if (previous.state === 'told') return refused(previous, 'already-told')
      return { next: { ...previous, state: 'told', told: step.told } }
  }
}

/** All objections of a list of steps, in the order in which they were filed. A step that comes again changes nothing. */
export function objectionsOf(steps: readonly ObjectionStep[]): ReadonlyMap<string, Objection> {
  const objections = new Map<string, Objection>()
  for (const step of steps) {
    const { next } = stepObjection(objections.get(step.objection), step)
    if (next !== undefined) objections.set(step.objection, next)
  }
  return objections
}

function refused(next: Objection | undefined, why: ObjectionRefusal): ObjectionTurn {
  return { next, refused: why }
}

function fromFiled(step: Extract<ObjectionStep, { step: 'filed' }>): Objection {
  const { objection, realm, target, enterprise, objector, ground, authority, due, provisional, policy, suspended, at } =
    step
  const filing = { id: objection, realm, target, enterprise, objector, ground, authority, due, provisional, policy }
  const open = { outcome: null, reason: '', decided: 0, superior: '', touched: null, told: [] }
  return { ...filing, state: 'filed', filed: at, suspended, ...open }
}
