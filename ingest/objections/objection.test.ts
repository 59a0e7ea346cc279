import { describe, expect, it } from 'vitest'
import type { ObjectionStep, Touched } from '../../core/objection.ts'
import { type ObjectionState, objectionsOf, stepObjection } from './objection.ts'

const TOUCHED: Touched = { points: 0, from: 0, to: 0, warnings: [], receivers: [], plans: [], draws: [], more: false }
const common = { type: 'objection-step', realm: 'city', objection: 'o1', by: 'operator' } as const

const FILED: ObjectionStep = {
  ...common,
  id: 'objection/o1/filed',
  step: 'filed',
  at: 100,
  target: 'penalties/a/penalty',
  enterprise: 'uscc:91140105MA0T100092',
  objector: 'uscc:91140105MA0T100092',
  ground: 'no',
  authority: 'market',
  due: 200,
  provisional: true,
  policy: 'default@1',
  suspended: true,
}
const OVERDUE: ObjectionStep = { ...common, id: 'objection/o1/overdue', step: 'overdue', at: 200, superior: 'mayor' }
const DECIDED: ObjectionStep = {
  ...common,
  id: 'objection/o1/decided',
  step: 'decided',
  at: 150,
  outcome: 'upheld',
  reason: '',
  touched: TOUCHED,
}
const TOLD: ObjectionStep = { ...common, id: 'objection/o1/told', step: 'told', at: 160, told: [] }

const LEADING: Readonly<Record<ObjectionState | 'none', readonly ObjectionStep[]>> = {
  none: [],
  filed: [FILED],
  overdue: [FILED, OVERDUE],
  decided: [FILED, DECIDED],
  told: [FILED, DECIDED, TOLD],
}

describe('an objection', () => {
  it.each([
    ['none', FILED, 'filed'],
    ['none', OVERDUE, 'not-filed'],
    ['none', DECIDED, 'not-filed'],
    ['none', TOLD, 'not-filed'],
    ['filed', FILED, 'already-filed'],
    ['filed', OVERDUE, 'overdue'],
    ['filed', { ...OVERDUE, at: 199 }, 'not-due'],
    ['filed', DECIDED, 'decided'],
    ['filed', TOLD, 'not-decided'],
    ['overdue', FILED, 'already-filed'],
    ['overdue', OVERDUE, 'not-due'],
    ['overdue', DECIDED, 'decided'],
    ['overdue', TOLD, 'not-decided'],
    ['decided', FILED, 'already-filed'],
    ['decided', OVERDUE, 'already-decided'],
    ['decided', DECIDED, 'already-decided'],
    ['decided', TOLD, 'told'],
    ['told', FILED, 'already-filed'],
    ['told', OVERDUE, 'already-decided'],
    ['told', DECIDED, 'already-decided'],
    ['told', TOLD, 'already-told'],
  ] as const)('that is %s and hears of $1.step becomes, or answers, %#', (state, step, expected) => {
    const previous = objectionsOf(LEADING[state]).get('o1')
    const { next, refused } = stepObjection(previous, step)
    expect(refused ?? next?.state).toBe(expected)
    if (refused !== undefined) expect(next).toBe(previous)
  })

  it('no longer holds its record back once it is decided', () => {
    expect(objectionsOf([FILED]).get('o1')?.suspended).toBe(true)
    expect(objectionsOf([FILED, DECIDED]).get('o1')).toMatchObject({
      suspended: false,
      decided: 150,
      outcome: 'upheld',
    })
  })

  it('is the same where its steps come twice', () => {
    expect(objectionsOf([FILED, FILED, DECIDED, DECIDED, TOLD])).toEqual(objectionsOf([FILED, DECIDED, TOLD]))
  })
})
