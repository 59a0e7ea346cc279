import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SealedPeriod } from '../../core/cells.ts'
import type { Observation } from '../../core/observation.ts'
import { DAY_MS } from '../../core/time.ts'
import { day, observation } from '../support/observations.ts'
import { type Delivery, inOrder, POLICY, runEngine } from './engine.ts'

const FIRMS = ['uscc:91140105MA0T100092', 'uscc:91140106MA0T10375C', 'uscc:91140107MA0T10200X']
const PLACES = ['place:3785:11254', 'place:3786:11254']
const END = 130
const WEEKLY = Array.from({ length: 26 }, (_, week) => day((week + 1) * 7))

const registration = (who: number, at: number, changed: Readonly<Record<string, string>> = {}, version = 1) =>
  observation({
    record: `reg-${who}`,
    feed: 'registry',
    kind: 'registration',
    subject: FIRMS[who] ?? '',
    known: day(at),
    version,
    facts: { name: `演示企业${who}`, district: '140105', industry: 'H', place: PLACES[who % 2] ?? '', ...changed },
  })

const REGISTRY = FIRMS.map((_, who) => registration(who, 0.5))

const fact = fc
  .record({
    kind: fc.constantFrom<Observation['kind']>('penalty', 'complaint', 'complaint'),
    who: fc.nat({ max: FIRMS.length - 1 }),
    at: fc.integer({ min: 10, max: END * 10 }),
    number: fc.nat({ max: 30 }),
  })
  .map(({ kind, who, at, number }) =>
    observation({
      record: `${kind}-${number}-${who}`,
      feed: kind,
      kind,
      subject: FIRMS[who] ?? '',
      known: day(at / 10),
    }),
  )

const facts = fc.uniqueArray(fact, { minLength: 6, maxLength: 40, selector: ({ id }) => id })

/** What all periods say together: by the end of the period that it is about. */
function summed(sealed: readonly SealedPeriod[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const period of sealed) {
    for (const { end, counts } of [period, ...(period.restated ?? [])]) {
      for (const [cell, byKey] of Object.entries(counts)) {
        for (const [key, count] of Object.entries(byKey)) {
          const name = `${(end - day(0)) / DAY_MS} ${cell}/${key}`
          sums[name] = (sums[name] ?? 0) + count
        }
      }
    }
  }
  return Object.fromEntries(Object.entries(sums).filter(([, count]) => count !== 0))
}

/** Every `nth` of the facts comes `weeks` after it was known. */
function delayed(all: readonly Observation[], nth: number, weeks: number): readonly Delivery[] {
  const isLate = (one: Observation) => all.indexOf(one) % nth === 0
  return WEEKLY.map((until, index) => {
    const from = index === 0 ? 0 : (WEEKLY[index - 1] ?? 0)
    const [lateFrom, lateUntil] = [from - weeks * 7 * DAY_MS, until - weeks * 7 * DAY_MS]
    return {
      until,
      observations: all.filter((one) =>
        isLate(one) ? one.known >= lateFrom && one.known < lateUntil : one.known >= from && one.known < until,
      ),
    }
  })
}

const sealedOf = (deliveries: readonly Delivery[], options = {}) => runEngine(deliveries, options).sealed

describe('cells of sealed periods', () => {
  it('come to what would have been counted, had what is late come in time', () => {
    fc.assert(
      fc.property(facts, fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 5 }), (some, nth, weeks) => {
        const all = [...REGISTRY, ...some]
        expect(summed(sealedOf(delayed(all, nth, weeks)))).toEqual(summed(sealedOf(inOrder(all, WEEKLY))))
      }),
      { numRuns: 12 },
    )
  })

  it('come to what would have been counted, had what is taken back never been, and again had that been left alone', () => {
    fc.assert(
      fc.property(facts, fc.nat(), fc.integer({ min: 0, max: 300 }), fc.boolean(), (some, which, after, isLifted) => {
        const wrong = some[which % some.length]
        fc.pre(wrong !== undefined)
        if (wrong === undefined) return
        const known = wrong.known + after * DAY_MS * 0.1
        const back = observation({
          ...{ record: `o-${wrong.record}`, feed: 'objections', kind: 'withdrawal', subject: wrong.subject, known },
          facts: { retracts: wrong.id },
        })
        const lifted = {
          ...back,
          version: 2,
          content: 'lifted',
          known: known + 9 * DAY_MS,
          gone: 1 as const,
          facts: {},
        }
        const told = [...REGISTRY, ...some, back, ...(isLifted ? [lifted] : [])]
        const right = [...REGISTRY, ...some.filter((one) => isLifted || one !== wrong)]
        expect(summed(sealedOf(inOrder(told, WEEKLY)))).toEqual(summed(sealedOf(inOrder(right, WEEKLY))))
      }),
      { numRuns: 15 },
    )
  })

  it('move with an enterprise of which it becomes known late where it was', () => {
    const complaint = (number: number, at: number) =>
      observation({
        record: `c-${number}`,
        feed: 'complaint',
        kind: 'complaint',
        subject: FIRMS[0] ?? '',
        known: day(at),
      })
    const moved = registration(0, 20, { place: PLACES[1] ?? '', industry: 'F' }, 2)
    const all = [...REGISTRY, complaint(1, 10), complaint(2, 22), complaint(3, 30), moved]
    const late = inOrder(
      all.filter((one) => one !== moved),
      WEEKLY,
    ).map((delivery, week) =>
      week === 9 ? { ...delivery, observations: [...delivery.observations, moved] } : delivery,
    )
    const sums = summed(sealedOf(late))
    expect(sums).toEqual(summed(sealedOf(inOrder(all, WEEKLY))))
    expect(sums[`28 complaints-by-place/${PLACES[1]}`]).toBe(1)
  })

  it('leave what was said longer ago than ten years, and the enterprise stands as it should from then on', () => {
    const years = Array.from({ length: 13 }, (_, year) => day(366 * (year + 1)))
    const [penalty, complaint] = (['penalty', 'complaint'] as const).map((kind) =>
      observation({ record: kind, feed: kind, kind, subject: FIRMS[0] ?? '', known: day(40) }),
    )
    const told = (late: readonly Observation[]) =>
      years.map((until, index) => ({
        until,
        observations: index === 0 ? REGISTRY.slice(1) : index === 12 ? [...late, ...REGISTRY.slice(0, 1)] : [],
      }))
    const { points, sealed } = runEngine(told([penalty, complaint].flatMap((one) => one ?? [])))
    const [first, ...more] = points.filter(({ enterprise }) => enterprise === FIRMS[0])
    expect(more).toEqual([])
    expect((first?.effective ?? 0) - (years[11] ?? 0)).toBe(-3_653 * DAY_MS)
    expect(sealed.flatMap(({ restated = [] }) => restated)).toEqual([])
  })

  it('are restated in the same words, however the log is read', () => {
    fc.assert(
      fc.property(
        facts,
        fc.integer({ min: 2, max: 4 }),
        fc.nat({ max: WEEKLY.length - 1 }),
        fc.integer({ min: 2, max: 5 }),
        (some, carriers, restartAfter, weeks) => {
          const told = delayed([...REGISTRY, ...some], 3, weeks)
          expect(sealedOf(told, { carriers, restartAfter, policy: POLICY })).toEqual(sealedOf(told))
        },
      ),
      { numRuns: 8 },
    )
  })

  it('count as restated in what is judged from then on, and what was said of others before stays', () => {
    const places = Object.fromEntries(['place', 'owner'].map((fact) => [fact, fact === 'place' ? PLACES[0] : '']))
    const registry = FIRMS.map((_, who) => registration(who, 0.5, places as Record<string, string>))
    const complaints = [10, 11, 12].map((at, number) =>
      observation({
        record: `c-${number}`,
        feed: 'complaint',
        kind: 'complaint',
        subject: FIRMS[0] ?? '',
        known: day(at),
      }),
    )
    // Taken back while it would still be in force around the place for a week.
    const back = complaints.map(({ id, record, subject }) =>
      observation({
        ...{ record: `o-${record}`, feed: 'objections', kind: 'withdrawal', subject, known: day(15) },
        facts: { retracts: id },
      }),
    )
    const around = (told: readonly Observation[]) =>
      runEngine(inOrder(told, WEEKLY))
        .points.filter(({ enterprise }) => enterprise === FIRMS[1])
        .map(({ effective, signals }) => [
          (effective - day(0)) / DAY_MS,
          signals.find(({ indicator }) => indicator === 'around')?.measure,
        ])
    expect(around([...registry, ...complaints])).toEqual([
      [1, undefined],
      [21, '3'],
      [35, undefined],
    ])
    expect(around([...registry, ...complaints, ...back])).toEqual([
      [1, undefined],
      [21, '3'],
      [28, undefined],
    ])
  })
})
