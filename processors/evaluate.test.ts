import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, fullHash } from '../core/hash.ts'
import type { Observation } from '../core/observation.ts'
import { day, observation, testRealm } from '../test/support/observations.ts'
import { addEntry } from './add-entry.ts'
import { compilePolicy } from './compile-policy.ts'
import { emptyEnterprise, enterpriseOf } from './enterprise.ts'
import { toEntry } from './entry.ts'
import { evaluate, signalsIn } from './evaluate.ts'
import { toRiskPoint } from './risk-line.ts'
import { createSide } from './side.ts'

const POLICY = compilePolicy(testRealm())
const SIDE = createSide(POLICY.periodMs)
const END = 60

const fact: fc.Arbitrary<Observation> = fc
  .record({
    kind: fc.constantFrom('registration', 'penalty', 'complaint', 'arrears', 'withdrawal'),
    at: fc.nat({ max: END }),
    number: fc.nat({ max: 8 }),
    version: fc.integer({ min: 1, max: 2 }),
    gone: fc.constantFrom(0, 0, 0, 1),
    name: fc.oneof(fc.string({ unit: 'binary', maxLength: 4 }), fc.constantFrom('演示"店', '\ud800', '')),
  })
  .map(({ kind, at, number, version, gone, name }) =>
    observation({
      record: `${kind === 'withdrawal' ? 'penalty' : kind}-${number}`,
      part: kind,
      kind,
      version,
      content: `${at} ${name}`,
      known: day(at),
      decided: day(at),
      facts: kind === 'registration' ? { name, district: '140105', industry: 'H', owner: `o${number}` } : {},
      gone,
    }),
  )

type Step = { readonly add: Observation } | { readonly day: number }
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fact.map((add) => ({ add })) },
  { weight: 2, arbitrary: fc.nat({ max: END * 3 }).map((at) => ({ day: at })) },
)

describe('an evaluation', () => {
  it('says the same whatever was worked out before it, at whatever ticks', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 12, maxLength: 60 }), (steps) => {
        const enterprise = emptyEnterprise('test:1', 0)
        for (const one of steps) {
          if ('add' in one) {
            addEntry(enterprise, toEntry(one.add, POLICY))
            continue
          }
          const anew = enterpriseOf({ ...enterprise, entries: [...enterprise.entries] })
          const [said, expected] = [enterprise, anew].map((each) => evaluate(each, day(one.day), SIDE, POLICY))
          expect(said).toStrictEqual(expected)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('becomes a line that is the JSON of its point, and a receipt of what it says', () => {
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 12 }), (facts) => {
        const enterprise = emptyEnterprise('test:\u2028"1', 0)
        for (const one of facts) addEntry(enterprise, toEntry(one, POLICY))
        const evaluation = evaluate(enterprise, day(END + 1), SIDE, POLICY)
        const { point, line } = toRiskPoint(enterprise, day(END + 1), evaluation, POLICY, day(END + 2))
        expect(line).toBe(JSON.stringify(point))
        const { receipt, revision: _, recorded: __, removed: ___, ...said } = point
        expect(receipt).toBe(fullHash(canonicalJson(said)))
        expect(point.signals).toBe(signalsIn(evaluation))
        expect(point.signals.reduce((sum, { points }) => sum + points, 0)).toBe(point.risk)
      }),
      { numRuns: 100 },
    )
  })
})
