import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fullHash } from '../core/hash.ts'
import { draw } from './draw.ts'
import { type PlanCandidate, planPeriod } from './plan.ts'
import { RISK_CLASSES, type RiskClass, readSamplingPolicy } from './sampling-policy.ts'

const presets = ['default', 'henan-2021', 'daqing-2024'].map((name) =>
  readSamplingPolicy(JSON.parse(readFileSync(new URL(`../policies/sampling/${name}.json`, import.meta.url), 'utf8'))),
)
const [standard, henan, daqing] = presets
if (standard === undefined || henan === undefined || daqing === undefined) throw new Error('a preset is missing')

function candidates(counts: Partial<Record<RiskClass, number>>, fields: Partial<PlanCandidate> = {}): PlanCandidate[] {
  return RISK_CLASSES.flatMap((letter) =>
    Array.from({ length: counts[letter] ?? 0 }, (_, number) => ({
      enterprise: `uscc:${letter}${String(number).padStart(5, '0')}`,
      class: letter,
      district: '140105',
      industry: ['C', 'F', 'H'][number % 3] ?? 'C',
      visits: [0, 0] as const,
      overrides: [],
      ...fields,
    })),
  )
}

const someCandidates = fc
  .array(
    fc.record({
      class: fc.constantFrom(...RISK_CLASSES),
      industry: fc.constantFrom('C', 'F', 'H'),
      visits: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
      overrides: fc.constantFrom([], ['all-zero-annual-report']),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((list) => list.map((fields, number) => ({ ...fields, enterprise: `e${number}`, district: '140105' })))
const someInput = fc.record({
  candidates: someCandidates,
  policy: fc.constantFrom(...presets),
  month: fc.integer({ min: 1, max: 12 }),
  inspectorDays: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
})

describe('the plan of a month', () => {
  it('gives every class its twelfth of the yearly ratio in January', () => {
    const input = { candidates: candidates({ A: 1200, B: 1200, C: 1200, D: 1200 }), month: 1, inspectorDays: undefined }
    const { strata, roster } = planPeriod({ ...input, policy: henan })
    expect(strata.map(({ visits }) => visits)).toEqual([1, 2, 10, 30])
    expect(roster.find(({ class: letter }) => letter === 'D')?.probabilityPpm).toBe(25_000)
    expect(strata.map(({ ratioPerMille, yearlyCap }) => [ratioPerMille, yearlyCap])).toEqual([
      [10, 1],
      [20, 1],
      [100, 1],
      [300, 1],
    ])
  })

  it('visits everybody who must be visited once by December', () => {
    const { roster } = planPeriod({
      candidates: candidates({ D: 5 }),
      policy: standard,
      month: 12,
      inspectorDays: undefined,
    })
    expect(roster.map(({ probabilityPpm }) => probabilityPpm)).toEqual([1e6, 1e6, 1e6, 1e6, 1e6])
  })

  it('samples a firm whose annual report is all zero at 100 % a year, whatever its class', () => {
    const plain = candidates({ A: 100 })
    const zero = { ...candidates({ B: 1 })[0], class: 'A', overrides: ['all-zero-annual-report'] } as PlanCandidate
    const { roster } = planPeriod({ candidates: [...plain, zero], policy: henan, month: 12, inspectorDays: undefined })
    expect(roster.find(({ enterprise }) => enterprise === zero.enterprise)?.probabilityPpm).toBe(1_000_000)
  })

  it('keeps a class above 0 after its yearly ratio is reached', () => {
    const done = candidates({ A: 100 }).map((one, number) => (number < 2 ? { ...one, visits: [1, 0] as const } : one))
    const { strata, roster } = planPeriod({ candidates: done, policy: henan, month: 6, inspectorDays: undefined })
    expect(roster).toHaveLength(98)
    expect(roster[0]?.probabilityPpm).toBe(83)
    expect(strata[0]?.visits).toBe(1)
  })

  it('reads "fewer than one a year" as at most one in two years', () => {
    const visited = candidates({ A: 10 }, { visits: [0, 1] })
    expect(planPeriod({ candidates: visited, policy: daqing, month: 3, inspectorDays: undefined }).roster).toEqual([])
    expect(planPeriod({ candidates: visited, policy: henan, month: 3, inspectorDays: undefined }).roster).toHaveLength(
      10,
    )
  })

  it('says when inspectors do not suffice, by how much, and which classes fall below what was published', () => {
    const input = { candidates: candidates({ B: 1200, D: 1200 }), policy: daqing, month: 1 }
    const { scaling, roster } = planPeriod({ ...input, inspectorDays: 60 })
    expect(scaling).toMatchObject({ capacityVisits: 30, belowPublished: ['D'] })
    expect(scaling?.wantedMicro).toBe(1200 * 16_666 + 1200 * 83_333)
    expect(scaling?.grantedMicro).toBeLessThanOrEqual(30_000_000)
    expect(scaling?.grantedMicro).toBeGreaterThan(29_990_000)
    expect(roster.every(({ probabilityPpm }) => probabilityPpm > 0)).toBe(true)
    expect(planPeriod({ ...input, inspectorDays: 6000 }).scaling).toBeNull()
  })

  it('never puts a class at 0 while one of it is below its cap, whatever the capacity', () => {
    fc.assert(
      fc.property(someInput, (input) => {
        const { roster, strata, atCap } = planPeriod(input)
        expect(roster.length + atCap).toBe(input.candidates.length)
        for (const { probabilityPpm } of roster) {
          expect(Number.isInteger(probabilityPpm) && probabilityPpm >= 1 && probabilityPpm <= 1_000_000).toBe(true)
        }
        for (const { class: letter, visits, yearlyCap } of strata) {
          const own = input.candidates.filter((one) => one.class === letter)
          const open = own.some(({ visits: [now, before] }) => yearlyCap < 0 || now + before < yearlyCap)
          if (open) expect(visits).toBeGreaterThan(0)
        }
      }),
    )
  })

  it('is the same for every order of the list', () => {
    fc.assert(
      fc.property(someInput, fc.integer({ min: 1, max: 59 }), (input, turn) => {
        const turned = [...input.candidates.slice(turn), ...input.candidates.slice(0, turn)].reverse()
        expect(planPeriod({ ...input, candidates: turned })).toEqual(planPeriod(input))
      }),
    )
  })
})

describe('two years of monthly plans and draws', () => {
  it.each(presets.map((policy) => [policy.name, policy] as const))(
    '%s: no cap is passed, every ratio is met',
    (_, policy) => {
      const size = { A: 400, B: 200, C: 120, D: 60 }
      const all = candidates(size)
      const visits = new Map<string, number[]>(all.map(({ enterprise }) => [enterprise, Array(24).fill(0)]))
      const of = (enterprise: string, from: number, to: number): number =>
        (visits.get(enterprise) ?? []).slice(from, to).reduce((sum, count) => sum + count, 0)

      for (let month = 0; month < 24; month++) {
        const year = month < 12 ? 0 : 12
        const now = all.map((one) => ({
          ...one,
          visits: [of(one.enterprise, year, 24), year === 0 ? 0 : of(one.enterprise, 0, 12)] as const,
        }))
        const { roster } = planPeriod({ candidates: now, policy, month: (month % 12) + 1, inspectorDays: undefined })
        const subject = { realm: 'test', period: `${month}`, policy: policy.name, roster, inspectors: [], teamSize: 2 }
        for (const { enterprise } of draw(subject, fullHash(`${policy.name}/${month}`))) {
          const own = visits.get(enterprise)
          if (own !== undefined) own[month] = (own[month] ?? 0) + 1
        }
      }

      for (const letter of RISK_CLASSES) {
        const { cap, ratioPerMille } = policy.classes[letter]
        const own = all.filter((one) => one.class === letter)
        for (const { enterprise } of own) {
          if (cap.visits < 0) continue
          expect(of(enterprise, 0, 12)).toBeLessThanOrEqual(cap.visits)
          expect(of(enterprise, 12, 24)).toBeLessThanOrEqual(cap.visits)
          if (cap.years === 2) expect(of(enterprise, 0, 24)).toBeLessThanOrEqual(cap.visits)
        }
        const reached = own.filter(({ enterprise }) => of(enterprise, 0, 12) > 0).length
        expect(Math.abs(reached - (own.length * ratioPerMille) / 1000)).toBeLessThanOrEqual(2)
      }
    },
  )
})
