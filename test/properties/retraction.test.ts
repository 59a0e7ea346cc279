import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Observation } from '../../core/observation.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { SHARDS } from '../../core/shard.ts'
import { day, observation } from '../support/observations.ts'
import { type Delivery, inOrder, pointsAsKnown, runEngine } from './engine.ts'

const WHO = 'uscc:91140105MA0T100092'
const NEIGHBOUR = 'uscc:91140106MA0T10375C'
const END = 160
const WEEKLY = Array.from({ length: 30 }, (_, week) => day((week + 1) * 7))

const REGISTRY = [WHO, NEIGHBOUR].map((subject, index) =>
  observation({
    record: `reg-${index}`,
    feed: 'registry',
    kind: 'registration',
    subject,
    known: day(0.5),
    facts: { name: `演示企业${index}`, district: '140105', industry: 'H', owner: 'owner-1' },
  }),
)

const fact: fc.Arbitrary<Observation> = fc
  .record({
    kind: fc.constantFrom<Observation['kind']>('penalty', 'penalty', 'arrears', 'commitment'),
    subject: fc.constantFrom(WHO, WHO, WHO, NEIGHBOUR),
    at: fc.integer({ min: 10, max: END * 10 }),
    number: fc.nat({ max: 30 }),
    version: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ kind, subject, at, number, version }) =>
    observation({
      record: `${kind}-${number}-${subject.slice(-1)}`,
      version,
      feed: kind,
      kind,
      subject,
      known: day(at / 10),
      facts: kind === 'commitment' ? { promise: `p${number}`, deadline: String(day(at / 10 + 15)) } : {},
    }),
  )

const history = fc
  .uniqueArray(fact, { minLength: 4, maxLength: 40, selector: (one) => `${one.id} ${one.version}` })
  .map((facts) => [...REGISTRY, ...facts])

/** Takes back every version of a fact, by its id, `after` days after the last of them was known. */
function retraction(of: readonly Observation[], after: number, changed: Partial<Observation> = {}): Observation {
  const [first] = of
  if (first === undefined) throw new Error('nothing to take back')
  const known = Math.max(...of.map((one) => one.known)) + Math.round(after * 8_640_000)
  const facts = { retracts: first.id }
  return observation({
    record: `o-${first.id}`,
    feed: 'objections',
    kind: 'withdrawal',
    subject: first.subject,
    known,
    facts,
    ...changed,
  })
}

const scores = (points: readonly RiskPoint[], enterprise = WHO): unknown[] =>
  points.filter((point) => point.enterprise === enterprise).map(({ revision: _, recorded: __, ...point }) => point)

function chosen(facts: readonly Observation[], which: number): readonly Observation[] {
  const own = facts.filter(({ kind, subject }) => kind === 'penalty' && subject === WHO)
  const one = own[which % Math.max(1, own.length)]
  return one === undefined ? [] : own.filter(({ id }) => id === one.id)
}

describe('a retraction', () => {
  it('leaves a past in which the record had never been, for every instant', () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.integer({ min: 0, max: 900 }), (facts, which, after) => {
        const wrong = chosen(facts, which)
        fc.pre(wrong.length > 0)
        const without = facts.filter((one) => !wrong.includes(one))
        const corrected = runEngine(inOrder([...facts, retraction(wrong, after / 10)], [...WEEKLY, day(300)]))
        const never = runEngine(inOrder(without, [...WEEKLY, day(300)]))
        expect(scores(corrected.points)).toEqual(scores(never.points))
      }),
      { numRuns: 15 },
    )
  })

  it('leaves as it was what had been said before it was known', () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.nat({ max: WEEKLY.length - 1 }), (facts, which, week) => {
        const wrong = chosen(facts, which)
        fc.pre(wrong.length > 0)
        const deliveries = inOrder([...facts, retraction(wrong, 12)], WEEKLY)
        const until = WEEKLY[week] ?? 0
        const then = runEngine(deliveries.slice(0, week + 1))
        expect(pointsAsKnown(runEngine(deliveries).said, until)).toEqual(pointsAsKnown(then.said, until))
      }),
      { numRuns: 8 },
    )
  })

  it('with a corrected fact beside it leaves a past in which the fact had always been so', () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.integer({ min: 0, max: 300 }), (facts, which, after) => {
        const wrong = chosen(facts, which)
        const [first] = wrong
        fc.pre(first !== undefined)
        if (first === undefined) return
        const known = Math.min(...wrong.map((one) => one.known))
        const { feed, subject, facts: kept } = first
        const right = observation({
          record: `right-${first.record}`,
          feed,
          subject,
          facts: kept,
          kind: 'arrears',
          known,
        })
        const cuts = [...WEEKLY, day(300)]
        const back = retraction(wrong, after / 10)
        const deliveries = inOrder([...facts, back], cuts).map((delivery) => ({
          ...delivery,
          observations: delivery.observations.includes(back)
            ? [...delivery.observations, right]
            : delivery.observations,
        }))
        const always = inOrder([...facts.filter((one) => !wrong.includes(one)), right], cuts)
        expect(scores(runEngine(deliveries).points)).toEqual(scores(runEngine(always).points))
      }),
      { numRuns: 8 },
    )
  })

  it('that is itself taken back leaves a past as if neither had been', () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.integer({ min: 1, max: 300 }), (facts, which, after) => {
        const wrong = chosen(facts, which)
        fc.pre(wrong.length > 0)
        const held = retraction(wrong, 5)
        const lifted = {
          ...held,
          version: 2,
          content: 'lifted',
          known: held.known + after * 8_640_000,
          gone: 1 as const,
          facts: {},
        }
        const cuts = [...WEEKLY, day(300)]
        const settled = runEngine(inOrder([...facts, held, lifted], cuts))
        expect(scores(settled.points)).toEqual(scores(runEngine(inOrder(facts, cuts)).points))
      }),
      { numRuns: 8 },
    )
  })

  it('says the same, byte for byte, however the log is read', () => {
    fc.assert(
      fc.property(
        history,
        fc.nat(),
        fc.integer({ min: 2, max: 4 }),
        fc.nat({ max: WEEKLY.length - 1 }),
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 20, max: SHARDS }),
        (facts, which, carriers, restartAfter, delay, shardsAtOnce) => {
          const wrong = chosen(facts, which)
          fc.pre(wrong.length > 0)
          const late = delayed(inOrder([...facts, retraction(wrong, 3)], WEEKLY), delay)
          expect(runEngine(late, { carriers, restartAfter, shardsAtOnce }).said).toEqual(runEngine(late).said)
        },
      ),
      { numRuns: 8 },
    )
  })
})

/** Some of what comes in a week comes weeks later: late, in a batch of its own. */
function delayed(deliveries: readonly Delivery[], delay: number): readonly Delivery[] {
  const weeks = 1 + (delay % 5)
  return deliveries.map(({ until }, index) => ({
    until,
    observations: [
      ...(deliveries[index]?.observations ?? []).filter((_, at) => (at + delay) % 4 !== 0),
      ...(deliveries[index - weeks]?.observations ?? []).filter((_, at) => (at + delay) % 4 === 0),
    ],
  }))
}
