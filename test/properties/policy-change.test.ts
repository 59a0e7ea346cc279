import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Observation } from '../../core/observation.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { type CompiledPolicy, compilePolicy } from '../../processors/compile-policy.ts'
import { day, observation, testRealm } from '../support/observations.ts'
import { type Delivery, inOrder, pointsAsKnown, runEngine } from './engine.ts'

const CODES = ['91140105MA0T100092', '91140106MA0T10375C', '91140107MA0T10746H'].map((code) => `uscc:${code}`)
const PLACE = 'place:3785:11254'
const END = 140
const WEEKLY = Array.from({ length: 24 }, (_, week) => day((week + 1) * 7))

const before = testRealm()
const common = { name: before.name, family: 'conduct', cause: 'fire', basis: true } as const
/** Other weights, one indicator less, and one more that looks back over months; another cell for peers. */
const after = testRealm({
  indicators: [
    ...before.indicators
      .filter(({ id }) => id !== 'silence')
      .map((one) => ({ ...one, weight: Math.min(1000, one.weight + 150) })),
    {
      ...common,
      id: 'arrears-in-a-quarter',
      kind: 'window-count',
      weight: 500,
      select: { kinds: ['arrears'] },
      mode: 'sliding',
      windowHours: 90 * 24,
      aggregate: 'count',
      threshold: 1,
      saturation: 2,
    },
    {
      ...common,
      id: 'penalty-burst',
      basis: false,
      kind: 'burst',
      weight: 400,
      select: { kinds: ['penalty'] },
      windowDays: 14,
      baselineDays: 56,
      peers: true,
    },
  ],
})
const NEW = compilePolicy(after)

const REGISTRY = CODES.map((subject, index) =>
  observation({
    record: `reg-${index}`,
    feed: 'registry',
    kind: 'registration',
    subject,
    known: day(0.5),
    facts: { name: `演示企业${index}`, district: '140105', industry: 'H', owner: 'owner-1', place: PLACE },
  }),
)

const fact: fc.Arbitrary<Observation> = fc
  .record({
    kind: fc.constantFrom<Observation['kind']>('penalty', 'complaint', 'arrears', 'commitment'),
    who: fc.nat({ max: CODES.length - 1 }),
    at: fc.integer({ min: 10, max: END * 10 }),
    number: fc.nat({ max: 40 }),
  })
  .map(({ kind, who, at, number }) =>
    observation({
      record: `${kind}-${who}-${number}`,
      feed: kind,
      kind,
      subject: CODES[who] ?? '',
      known: day(at / 10),
      facts: kind === 'commitment' ? { promise: `p${number}`, deadline: String(day(at / 10 + 15)) } : {},
    }),
  )

/** A history of which every fifth fact comes a month late, and a period at whose beginning the policy changes. */
const story = fc
  .record({
    facts: fc.uniqueArray(fact, { minLength: 6, maxLength: 45, selector: ({ id }) => id }),
    week: fc.integer({ min: 2, max: 19 }),
  })
  .map(({ facts, week }) => {
    const isLate = (index: number) => index % 5 === 4
    const inTime = inOrder([...REGISTRY, ...facts.filter((_, index) => !isLate(index))], WEEKLY)
    const deliveries = inTime.map((delivery, at) => ({
      ...delivery,
      observations: [
        ...delivery.observations,
        ...facts.filter(({ known }, index) => isLate(index) && Math.ceil((known - day(0)) / day(7)) + 4 === at),
      ],
    }))
    const [first] = runEngine(deliveries.slice(0, 3)).sealed
    // Periods lie on the grid of local time: any of them is as far from another as whole weeks are.
    const grid = (first?.start ?? day(0)) % (day(7) - day(0))
    return { deliveries, from: grid + Math.floor((day(week * 7) - grid) / (day(7) - day(0))) * (day(7) - day(0)) }
  })

const ticksFrom = (from: number) => Array.from({ length: 40 }, (_, index) => from + index * 3 * (day(1) - day(0)))

/**
 * What stood of every enterprise at an instant, in all that the policy decides. Not how the sum is shared out: a point is
 * said when the sum changes, and once for everybody when a policy comes into force.
 */
function standingAt(points: readonly RiskPoint[], instant: number): unknown[] {
  return CODES.map((enterprise) => {
    const found = points.findLast((point) => point.enterprise === enterprise && point.effective <= instant)
    if (found === undefined) return enterprise
    const { risk, own, basis, signals, policy, name } = found
    return {
      enterprise,
      risk,
      own,
      basis,
      class: found.class,
      signals: signals.map(({ indicator }) => indicator),
      policy,
      name,
    }
  })
}

const run = (deliveries: readonly Delivery[], policy: CompiledPolicy, restartAfter?: number) =>
  runEngine(deliveries, restartAfter === undefined ? { policy } : { policy, restartAfter })

describe('a policy that takes over', () => {
  it('says from then on what it would have said had it always been in force, at any instant as known at any other', () => {
    fc.assert(
      fc.property(story, fc.nat({ max: 20 }), ({ deliveries, from }, knownAfter) => {
        const always = run(deliveries, NEW)
        const since = run(deliveries, compilePolicy(after, from))
        for (const known of [from + knownAfter * (day(7) - day(0)), Number.POSITIVE_INFINITY]) {
          const [expected, found] = [pointsAsKnown(always.said, known), pointsAsKnown(since.said, known)]
          for (const tick of ticksFrom(from)) {
            if (tick <= known) expect(standingAt(found, tick)).toEqual(standingAt(expected, tick))
          }
        }
        expect(since.sealed).toEqual(always.sealed)
      }),
      { numRuns: 12 },
    )
  })

  it('says nothing of what lies before, whatever is corrected later, and everything anew when it begins', () => {
    fc.assert(
      fc.property(story, ({ deliveries, from }) => {
        const { said } = run(deliveries, compilePolicy(after, from))
        expect(said.filter(({ effective }) => effective < from)).toEqual([])
        const known = run(deliveries, NEW).said.filter(({ effective, recorded }) => effective < from && recorded < from)
        const restated = said.filter(({ effective, recorded }) => effective === from && recorded === from)
        expect(new Set(restated.map(({ enterprise }) => enterprise))).toEqual(
          new Set(known.map(({ enterprise }) => enterprise)),
        )
      }),
      { numRuns: 12 },
    )
  })

  it('says the same bytes whenever it is restarted', () => {
    fc.assert(
      fc.property(story, fc.nat({ max: WEEKLY.length - 1 }), ({ deliveries, from }, restartAfter) => {
        const policy = compilePolicy(after, from)
        expect(run(deliveries, policy, restartAfter)).toEqual(run(deliveries, policy))
      }),
      { numRuns: 8 },
    )
  })
})
