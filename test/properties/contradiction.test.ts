import { describe, expect, it } from 'vitest'
import type { Observation } from '../../core/observation.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { compilePolicy } from '../../processors/compile-policy.ts'
import { CN, COMMON } from '../support/indicator-view.ts'
import { day, observation, testRealm } from '../support/observations.ts'
import { inOrder, runEngine } from './engine.ts'

const SUBJECT = 'uscc:91140105MA0T100092'
const POLICY = compilePolicy(
  testRealm({
    calendar: CN,
    comparisons: [
      {
        id: 'staff',
        name: COMMON.name,
        rule: 'ratio',
        least: 500,
        left: {
          select: { kinds: ['administrative-act'], facts: { act: ['social-insurance'] } },
          fact: 'insured',
          days: 60,
        },
        right: { select: { kinds: ['registration'] }, fact: 'staff' },
      },
    ],
    indicators: [
      { ...COMMON, id: 'staff-differs', kind: 'contradiction', comparison: 'staff', graceDays: 5, workingDays: true },
    ],
  }),
)

function registered(at: number, staff: string, version = 1): Observation {
  const facts = { name: '演示企业', district: '140105', industry: 'H', staff }
  return observation({
    record: 'r',
    feed: 'registry',
    kind: 'registration',
    known: day(at),
    version,
    content: staff,
    facts,
  })
}
function insured(at: number, count: string): Observation {
  const facts = { act: 'social-insurance', insured: count, month: '2026-01' }
  return observation({ record: `i${at}`, feed: 'insurance', kind: 'administrative-act', known: day(at), facts })
}

const play = (facts: readonly Observation[], options: { carriers?: number; restartAfter?: number } = {}) =>
  runEngine(inOrder(facts, [day(0.1), day(10), day(20), day(40), day(120)]), { ...options, policy: POLICY }).points
const standing = (points: readonly RiskPoint[], at: number) => points.findLast(({ effective }) => effective <= day(at))

describe('what two feeds say of one enterprise', () => {
  it('is a signal of its own, with an observation of each feed, once neither can be merely behind', () => {
    const points = play([registered(1, '40'), insured(2, '10')])
    // Saturday 3 January 2026 is a day off, Sunday the 4th is worked: five working days end with Thursday the 8th.
    const spoke = points.find(({ signals }) => signals.length > 0)
    expect(spoke).toMatchObject({ enterprise: SUBJECT, effective: day(9), signals: [{ indicator: 'staff-differs' }] })
    expect(spoke?.signals[0]).toMatchObject({ intensity: 500, evidence: ['insurance/i2/fact', 'registry/r/fact'] })
    expect(spoke?.basis).toBe(0)
  })

  it('ends when either side is corrected or too old to be held against the other', () => {
    expect(standing(play([registered(1, '40'), insured(2, '10'), registered(30, '12', 2)]), 31)?.risk).toBe(0)
    expect(standing(play([registered(1, '40'), insured(2, '10'), insured(30, '25')]), 31)?.risk).toBe(0)
    const points = play([registered(1, '40'), insured(2, '10')])
    expect([standing(points, 62)?.risk, standing(points, 63)?.risk]).toEqual([50, 0])
  })

  it('is the same in every replay, whoever carries the shards', () => {
    const facts = [registered(1, '40'), insured(2, '10'), insured(33, '30'), insured(64, '5'), registered(80, '8', 2)]
    expect(play(facts, { carriers: 3, restartAfter: 2 })).toEqual(play(facts))
  })
})
