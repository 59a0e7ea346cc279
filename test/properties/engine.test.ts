import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Observation } from '../../core/observation.ts'
import { SHARDS } from '../../core/shard.ts'
import { day, observation } from '../support/observations.ts'
import { inOrder, runEngine } from './engine.ts'

const ENTERPRISES = ['91140105MA0T100092', '91140106MA0T10375C', '91140107MA0T10746H', '91140108MA0T111162']
const PLACES = ['place:3785:11254', 'place:3786:11254']
const END = 200
const WEEKLY = Array.from({ length: Math.ceil((END + 30) / 7) }, (_, week) => day((week + 1) * 7))

/** A registered city of four: two share an owner, all stand in two squares. */
const REGISTRY: Observation[] = ENTERPRISES.map((code, index) =>
  observation({
    record: `reg-${code}`,
    feed: 'registry',
    kind: 'registration',
    subject: `uscc:${code}`,
    known: day(0.5),
    facts: {
      name: `演示企业${index}`,
      district: '140105',
      industry: index % 2 === 0 ? 'H' : 'F',
      place: PLACES[index % 2] ?? '',
      owner: index < 2 ? 'owner-1' : `owner-${index}`,
    },
  }),
)

const fact: fc.Arbitrary<Observation> = fc
  .record({
    kind: fc.constantFrom('penalty', 'complaint', 'commitment', 'commitment-outcome', 'arrears', 'place-complaint'),
    who: fc.nat({ max: ENTERPRISES.length - 1 }),
    at: fc.double({ min: 1, max: END, noNaN: true }),
    number: fc.nat({ max: 40 }),
    version: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ kind, who, at, number, version }) => {
    const subject = kind === 'place-complaint' ? (PLACES[who % 2] ?? '') : `uscc:${ENTERPRISES[who]}`
    const facts: Record<string, string> = kind.startsWith('commitment')
      ? { promise: `p${number % 5}`, deadline: String(day(at + 20)) }
      : {}
    const real = kind === 'place-complaint' ? 'complaint' : (kind as Observation['kind'])
    return observation({
      record: `${kind}-${who}-${number}`,
      version: kind === 'penalty' ? version : 1,
      content: `${at}`,
      feed: kind,
      kind: real,
      subject,
      known: day(at),
      decided: day(at),
      facts,
      gone: kind === 'penalty' && version === 3 && number % 4 === 0 ? 1 : 0,
    })
  })

/** One content for one version of one record, as ingest promises. */
const history = fc
  .uniqueArray(fact, { minLength: 5, maxLength: 60, selector: (one) => `${one.id} ${one.version}` })
  .map((facts) => [...REGISTRY, ...facts])

describe('the same history gives the same risk', () => {
  it('however it is cut into deliveries', () => {
    fc.assert(
      fc.property(history, fc.uniqueArray(fc.integer({ min: 1, max: END }), { maxLength: 12 }), (facts, cuts) => {
        const whole = runEngine(inOrder(facts, [day(0.6), day(END + 30)]))
        const cut = runEngine(inOrder(facts, [day(0.6), ...[...cuts].sort((a, b) => a - b).map(day), day(END + 30)]))
        expect(cut).toEqual(whole)
      }),
      { numRuns: 60 },
    )
  })

  it('whatever the order of arrival within what is not yet sealed', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat()), (facts, order) => {
        const shuffled = facts.map((one) => ({ one, key: order.next().value ?? 0 })).sort((a, b) => a.key - b.key)
        const deliveries = inOrder(facts, WEEKLY)
        const mixed = deliveries.map((delivery) => ({
          ...delivery,
          observations: shuffled.map(({ one }) => one).filter((one) => delivery.observations.includes(one)),
        }))
        expect(runEngine(mixed)).toEqual(runEngine(deliveries))
      }),
      { numRuns: 60 },
    )
  })

  it('however many processes carry the shards, in whatever strides they seal them, and whenever they restart', () => {
    fc.assert(
      fc.property(
        history,
        fc.integer({ min: 2, max: 5 }),
        fc.nat({ max: WEEKLY.length - 1 }),
        fc.integer({ min: 20, max: SHARDS }),
        (facts, carriers, restartAfter, shardsAtOnce) => {
          const deliveries = inOrder(facts, WEEKLY)
          expect(runEngine(deliveries, { carriers, restartAfter, shardsAtOnce })).toEqual(runEngine(deliveries))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('when deliveries come twice', () => {
    fc.assert(
      fc.property(history, (facts) => {
        const deliveries = inOrder(facts, WEEKLY)
        const twice = deliveries.flatMap((delivery, index) => [
          delivery,
          ...(index > 0 ? [{ until: delivery.until, observations: delivery.observations }] : []),
        ])
        expect(scores(runEngine(twice).points)).toEqual(scores(runEngine(deliveries).points))
      }),
      { numRuns: 40 },
    )
  })

  it('when a record of one enterprise comes months late, and had it come in time', () => {
    fc.assert(
      fc.property(history, fc.nat(), (facts, which) => {
        const late = facts.filter((one) => one.kind === 'penalty' && one.subject === `uscc:${ENTERPRISES[3]}`)
        const chosen = late[which % Math.max(1, late.length)]
        fc.pre(chosen !== undefined)
        const without = inOrder(
          facts.filter((one) => one !== chosen),
          WEEKLY,
        )
        const delayed = [...without, { until: day(END + 37), observations: chosen === undefined ? [] : [chosen] }]
        const inTime = [...inOrder(facts, WEEKLY), { until: day(END + 37), observations: [] }]
        expect(scores(runEngine(delayed).points)).toEqual(scores(runEngine(inTime).points))
      }),
      { numRuns: 60 },
    )
  })
})

/** Everything but how often and when it was said. */
function scores(points: ReturnType<typeof runEngine>['points']): unknown[] {
  return points.map(({ revision: _, recorded: __, ...point }) => point)
}
