import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RiskPoint } from '../../core/risk.ts'
import { day, observation } from '../support/observations.ts'
import { type Delivery, inOrder, runEngine } from './engine.ts'

const CODES = ['91140105MA0T100092', '91140106MA0T10375C', '91140107MA0T10746H', '91140108MA0T111162']
const END = 220
/** Rule `silence` of the test realm: nothing known of `arrears` for 40 days, full after 120; its feed is `insurance`. */
const heard = (who: number, at: number) =>
  observation({
    record: `a-${who}-${at}`,
    feed: 'insurance',
    kind: 'arrears',
    subject: `uscc:${CODES[who]}`,
    known: day(at),
  })

/** Turns of the feed, put into the delivery after whose predecessor they come. */
function withTurns(deliveries: readonly Delivery[], turns: readonly number[]): Delivery[] {
  return deliveries.map((delivery, index) => {
    const from = deliveries[index - 1]?.until ?? 0
    const turned = turns.flatMap((at, number) =>
      day(at) >= from && day(at) < delivery.until
        ? [{ feed: 'insurance', at: day(at), to: number % 2 === 0 ? ('silent' as const) : ('healthy' as const) }]
        : [],
    )
    return { ...delivery, turned }
  })
}

const ticks = (...days: number[]) => days.map(day)
const firstAt = (points: readonly RiskPoint[]) => points.find(({ risk }) => risk > 0)?.effective

describe('absence over the real fold', () => {
  it('fires for an enterprise that is silent while its feed is well', () => {
    const { points } = runEngine(inOrder([heard(0, 1)], ticks(0.5, 10, 60)))
    expect(firstAt(points)).toBe(day(42))
  })

  it('holds while the feed is broken, and goes on where it stood once it is well', () => {
    const deliveries = inOrder([heard(0, 1)], ticks(0.5, 30, 80, 120))
    const broken = withTurns(deliveries, [31])
    expect(firstAt(runEngine(broken).points)).toBeUndefined()
    // Thirty days were silent before it broke; ten more are, from the seventieth day on.
    const mended = withTurns(deliveries, [31, 70])
    expect(firstAt(runEngine(mended).points)).toBe(day(81))
  })

  it('an outage that ends brings no storm: each falls due as far apart as they stood', () => {
    const facts = [heard(0, 1), heard(1, 8), heard(2, 15), heard(3, 22)]
    const { points } = runEngine(withTurns(inOrder(facts, ticks(0.5, 24, 100, 200)), [25, 95]))
    const due = CODES.map((code) => firstAt(points.filter(({ enterprise }) => enterprise === `uscc:${code}`)))
    expect(due).toEqual(ticks(112, 119, 126, 133))
  })

  it('what grew before it broke grows no further meanwhile', () => {
    const { points } = runEngine(withTurns(inOrder([heard(0, 1)], ticks(0.5, 50, 180, 200)), [60, 170]))
    const during = points.filter(({ effective }) => effective > day(60) && effective <= day(170))
    expect(during).toEqual([])
    expect(points.some(({ effective }) => effective > day(170))).toBe(true)
  })

  it('says the same however deliveries are cut, whoever carries the shards and whenever they restart', () => {
    const facts = fc
      .uniqueArray(fc.tuple(fc.nat(CODES.length - 1), fc.integer({ min: 1, max: 150 })), {
        minLength: 1,
        maxLength: 12,
        selector: ([who, at]) => `${who} ${at}`,
      })
      .map((some) => some.map(([who, at]) => heard(who, at)))
    const turns = fc
      .uniqueArray(fc.integer({ min: 2, max: END - 1 }), { maxLength: 6 })
      .map((some) => some.sort((one, other) => one - other))
    const cuts = fc
      .uniqueArray(fc.integer({ min: 2, max: END - 1 }), { maxLength: 10 })
      .map((some) => some.sort((one, other) => one - other))
    fc.assert(
      fc.property(
        facts,
        turns,
        cuts,
        fc.integer({ min: 2, max: 4 }),
        fc.nat(10),
        (given, turned, cut, carriers, at) => {
          const whole = runEngine(withTurns(inOrder(given, ticks(0.5, END)), turned)).points
          const parts = withTurns(inOrder(given, ticks(0.5, ...cut, END)), turned)
          expect(runEngine(parts).points).toEqual(whole)
          expect(runEngine(parts, { carriers, restartAfter: at % parts.length }).points).toEqual(whole)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('is the same where a record that came late has the past judged anew', () => {
    const facts = [heard(0, 1), heard(0, 30)]
    const deliveries = (given: typeof facts) => withTurns(inOrder(given, ticks(0.5, 60, 100, 150, 200)), [61, 90])
    const inTime = runEngine(deliveries(facts)).points
    const late = deliveries([heard(0, 1)]).map((delivery, index) =>
      index === 3 ? { ...delivery, observations: [heard(0, 30)] } : delivery,
    )
    const plain = (points: readonly RiskPoint[]) => points.map(({ revision: _, recorded: _said, ...point }) => point)
    expect(plain(runEngine(late).points)).toEqual(plain(inTime))
  })
})
