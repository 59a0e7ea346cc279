import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../core/errors.ts'
import type { Touched } from '../../core/objection.ts'
import type { RepairStep } from '../../core/repair.ts'
import { midnight } from '../../test/support/guide-city.ts'
import { type RepairState, repairsOf, stepRepair } from './repair.ts'
import { displayPeriod, monthsAfter, readRepairRules, ruleSetFor, severityUnder } from './rule-set.ts'

const FOLDER = new URL('../../policies/repair/', import.meta.url)
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))
const SETS = readdirSync(FOLDER).filter((name) => name !== 'choice.json')
const RULES = readRepairRules(SETS.map(read), read('choice.json'))
const TOUCHED: Touched = { points: 0, from: 0, to: 0, warnings: [], receivers: [], plans: [], draws: [], more: false }

const ruleOn = (dated: string, requested: string, change: object = {}) =>
  ruleSetFor(
    { ...RULES, choice: { ...RULES.choice, ...change } },
    { dated: midnight(dated), requested: midnight(requested) },
    480,
  )

describe('the rules of repair', () => {
  it.each([
    ['2019-09-30', '2020-01-01', {}, 'ndrc-527-2019'],
    ['2023-01-01', '2023-05-01', {}, 'ndrc-58-2023'],
    // A penalty of 2024 runs Order 58 until Order 36 is in force, and Order 36 from that day on.
    ['2024-03-05', '2026-03-31', {}, 'ndrc-58-2023'],
    ['2024-03-05', '2026-04-01', {}, 'ndrc-36-2026'],
    ['2024-03-05', '2026-05-01', { relevantDate: 'document' }, 'ndrc-58-2023'],
    ['2024-03-05', '2025-08-01', { includePlans: true }, 'guoban-22-2025'],
    ['2018-01-01', '2018-06-01', {}, 'ndrc-527-2019'],
  ])('for a document of %s and a request of %s with %o are %s', (dated, requested, change, expected) => {
    expect(ruleOn(dated, requested, change).id).toBe(expected)
  })

  it('count display from the date of the document, by the month, in the zone of the realm', () => {
    const rules = ruleOn('2026-04-20', '2026-05-01')
    const period = (severity: 'minor' | 'general' | 'serious') =>
      displayPeriod(rules, severity, midnight('2026-04-20'), 480)
    expect(period('general')).toEqual({ earliest: midnight('2026-07-20'), latest: midnight('2027-04-20') })
    expect(period('serious')).toEqual({ earliest: midnight('2027-04-20'), latest: midnight('2029-04-20') })
    expect(monthsAfter(midnight('2025-11-30'), 3, 480)).toBe(midnight('2026-02-28'))
  })

  it('take food, safety and fire for serious, and a warning for minor all the same', () => {
    const rules = ruleOn('2026-04-20', '2026-05-01')
    expect(severityUnder(rules, 'general', ['food-hygiene'])).toBe('serious')
    expect(severityUnder(rules, 'general', ['price-fraud'])).toBe('general')
    expect(severityUnder(rules, 'minor', ['food-hygiene'])).toBe('minor')
  })

  it('are refused where something in them is wrong', () => {
    const [set] = SETS.map(read)
    expect(() => readRepairRules([{ ...Object(set), periods: {} }], read('choice.json'))).toThrow(Refusal)
    expect(() => readRepairRules([set, set], read('choice.json'))).toThrow(Refusal)
    expect(() => readRepairRules([set], { relevantDate: 'never' })).toThrow(Refusal)
  })
})

const common = { type: 'repair-step', realm: 'city', repair: 'r1', by: 'operator' } as const
const OPENED: RepairStep = {
  ...common,
  id: '1',
  step: 'opened',
  at: 1,
  target: 'penalties/a/penalty',
  enterprise: 'uscc:91140105MA0T100092',
  authority: 'market',
  severity: 'general',
  causes: [],
  dated: 0,
}
const PROMISED: RepairStep = { ...common, id: '2', step: 'promise', at: 2, document: 'p' }
const REQUESTED: RepairStep = {
  ...common,
  id: '3',
  step: 'requested',
  at: 3,
  rules: 'r',
  earliest: 0,
  due: 9,
  provisional: false,
}
const GRANTED: RepairStep = {
  ...common,
  id: '4',
  step: 'granted',
  at: 4,
  stopBy: 5,
  provisional: false,
  reason: '',
  touched: TOUCHED,
}
const DECLINED: RepairStep = { ...common, id: '5', step: 'declined', at: 4, reason: 'not yet' }
const LIFTED: RepairStep = { ...common, id: '6', step: 'lifted', at: 6, told: [] }
const OVERDUE: RepairStep = { ...common, id: '8', step: 'overdue', at: 9, superior: 'mayor' }
const STOPPED: RepairStep = { ...common, id: '9', step: 'stopped', at: 6, document: 'd' }
const STILL_SHOWN: RepairStep = { ...common, id: '10', step: 'still-shown', at: 7, superior: 'mayor' }
const ENDED: RepairStep = { ...common, id: '7', step: 'ended', at: 7, rules: 'r' }

const LEADING: Readonly<Record<RepairState | 'none', readonly RepairStep[]>> = {
  none: [],
  open: [OPENED],
  requested: [OPENED, REQUESTED],
  overdue: [OPENED, REQUESTED, OVERDUE],
  granted: [OPENED, REQUESTED, GRANTED],
  declined: [OPENED, REQUESTED, DECLINED],
  lifted: [OPENED, REQUESTED, GRANTED, LIFTED],
  ended: [OPENED, ENDED],
}
const STEPS = [OPENED, PROMISED, REQUESTED, GRANTED, DECLINED, LIFTED, ENDED, OVERDUE, STOPPED, STILL_SHOWN] as const
/** By state, what each of the steps above comes to. */
const TABLE: Readonly<Record<RepairState | 'none', readonly string[]>> = {
  none: ['open', ...Array.from({ length: 9 }, () => 'not-opened')],
  open: [
    'already-opened',
    'open',
    'requested',
    'not-requested',
    'not-requested',
    'not-granted',
    'ended',
    'not-due',
    'not-granted',
    'not-granted',
  ],
  requested: [
    'already-opened',
    'requested',
    'already-requested',
    'granted',
    'declined',
    'not-granted',
    'ended',
    'overdue',
    'not-granted',
    'not-granted',
  ],
  overdue: [
    'already-opened',
    'overdue',
    'already-requested',
    'granted',
    'declined',
    'not-granted',
    'ended',
    'not-due',
    'not-granted',
    'not-granted',
  ],
  declined: [
    'already-opened',
    'declined',
    'requested',
    'not-requested',
    'not-requested',
    'not-granted',
    'ended',
    'not-due',
    'not-granted',
    'not-granted',
  ],
  granted: ['already-opened', 'over', 'over', 'over', 'over', 'lifted', 'over', 'over', 'granted', 'granted'],
  lifted: ['already-opened', 'over', 'over', 'over', 'over', 'not-granted', 'over', 'over', 'lifted', 'lifted'],
  ended: [
    'already-opened',
    'over',
    'over',
    'over',
    'over',
    'not-granted',
    'over',
    'over',
    'not-granted',
    'not-granted',
  ],
}

describe('a repair', () => {
  it.each(Object.entries(TABLE))('that is %s answers every step', (state, expected) => {
    const previous = repairsOf(LEADING[state as RepairState]).get('r1')
    const answers = STEPS.map((step) => {
      const { next, refused } = stepRepair(previous, step)
      return refused ?? next?.state
    })
    expect(answers).toEqual(expected)
  })

  it('that is granted is shown no more, or told of once after its day, in whatever order with lifting its measures', () => {
    const granted = (...steps: readonly RepairStep[]) => repairsOf([...LEADING.granted, ...steps]).get('r1')
    expect(granted(STILL_SHOWN, LIFTED, STOPPED)).toMatchObject({ state: 'lifted', stillShown: 'mayor', stopped: 6 })
    const again = { ...STILL_SHOWN, id: '11', at: 8 }
    expect(stepRepair(granted(STILL_SHOWN), again).refused).toBe('not-due')
    expect(stepRepair(granted(), { ...STILL_SHOWN, at: 4 }).refused).toBe('not-due')
    expect(stepRepair(granted(STOPPED), STILL_SHOWN).refused).toBe('already-stopped')
  })

  it('keeps what was brought, and the same step twice is one', () => {
    expect(repairsOf([OPENED, PROMISED, PROMISED]).get('r1')?.proofs).toEqual({ promise: 'p' })
  })
})
