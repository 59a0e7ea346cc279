import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DrawCandidate, DrawInspector } from '../core/decision.ts'
import { Rejected } from '../core/errors.ts'
import { fullHash } from '../core/hash.ts'
import { type DrawSubject, draw, rosterHash, seedCommitment } from './draw.ts'

function candidate(enterprise: string, probabilityPpm: number, fields: Partial<DrawCandidate> = {}): DrawCandidate {
  return { enterprise, class: 'C', district: '140105', industry: 'H', probabilityPpm, ...fields }
}

function inspector(id: string, fields: Partial<DrawInspector> = {}): DrawInspector {
  return { inspector: id, authority: 'market-140105', district: '140105', avoids: [], ...fields }
}

function subject(roster: readonly DrawCandidate[], inspectors: readonly DrawInspector[] = []): DrawSubject {
  return { realm: 'demo', period: '2026-11', policy: 'default@0', roster, inspectors, teamSize: 2 }
}

const SEED = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'

const someSubject = fc
  .record({
    roster: fc.array(
      fc.record({
        class: fc.constantFrom('A' as const, 'B' as const, 'C' as const, 'D' as const),
        district: fc.constantFrom('140105', '140106', ''),
        industry: fc.constantFrom('C', 'F', 'H'),
        probabilityPpm: fc.integer({ min: 1, max: 1_000_000 }),
      }),
      { maxLength: 40 },
    ),
    inspectors: fc.array(
      fc.record({
        authority: fc.constantFrom('market', 'fire'),
        district: fc.constantFrom('140105', '140106', ''),
        avoids: fc.subarray(['e0', 'e1', 'e2', 'e3', 'e4']),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ roster, inspectors }) =>
    subject(
      roster.map((fields, number) => ({ ...fields, enterprise: `e${number}` })),
      inspectors.map((fields, number) => ({ ...fields, inspector: `insp-${number}` })),
    ),
  )
const someSeed = fc.integer().map((number) => fullHash(String(number)))

describe('a draw', () => {
  it('repeats from roster and seed, whatever the order of the lists', () => {
    fc.assert(
      fc.property(someSubject, someSeed, fc.nat(40), (whole, seed, turn) => {
        const other = subject(
          [...whole.roster.slice(turn), ...whole.roster.slice(0, turn)].reverse(),
          whole.inspectors.map((one) => ({ ...one, avoids: [...one.avoids].reverse() })).reverse(),
        )
        expect(draw(other, seed)).toEqual(draw(whole, seed))
        expect(rosterHash(other)).toBe(rosterHash(whole))
      }),
    )
  })

  it('visits each class as often as stated, rounded up or down', () => {
    fc.assert(
      fc.property(someSubject, someSeed, (whole, seed) => {
        const drawn = new Set(draw(whole, seed).map(({ enterprise }) => enterprise))
        const groups = [
          whole.roster,
          ...['A', 'B', 'C', 'D'].map((own) => whole.roster.filter((one) => one.class === own)),
        ]
        for (const group of groups) {
          const expected = group.reduce((sum, { probabilityPpm }) => sum + probabilityPpm, 0) / 1e6
          const count = group.filter(({ enterprise }) => drawn.has(enterprise)).length
          expect(count).toBeGreaterThanOrEqual(Math.floor(expected))
          expect(count).toBeLessThanOrEqual(Math.ceil(expected))
        }
      }),
    )
  })

  it('includes each enterprise with exactly its stated chance (chi-square over 20,000 seeds)', () => {
    const chances = [1_000_000, 750_000, 500_000, 300_000, 120_000, 60_000, 250_000, 20_000]
    const roster = chances.map((ppm, number) =>
      candidate(`e${number}`, ppm, { class: number < 4 ? 'D' : 'A', industry: number % 2 === 0 ? 'H' : 'C' }),
    )
    const counts = new Map<string, number>()
    const draws = 20_000
    for (let number = 0; number < draws; number++) {
      for (const { enterprise } of draw(subject(roster), fullHash(`seed ${number}`))) {
        counts.set(enterprise, (counts.get(enterprise) ?? 0) + 1)
      }
    }
    expect(counts.get('e0')).toBe(draws)
    const statistics = roster.slice(1).map(({ enterprise, probabilityPpm }) => {
      const p = probabilityPpm / 1e6
      return ((counts.get(enterprise) ?? 0) - draws * p) ** 2 / (draws * p * (1 - p))
    })
    // Each is chi-square of one degree of freedom: 15.1 is passed by chance once in 10,000.
    for (const statistic of statistics) expect(statistic).toBeLessThan(15.1)
    expect(statistics.reduce((sum, statistic) => sum + statistic, 0)).toBeLessThan(7 * 4)
  })

  it('refuses a roster that names an enterprise twice, or a chance of 0', () => {
    expect(() => draw(subject([candidate('e1', 5), candidate('e1', 5)]), SEED)).toThrow(Rejected)
    expect(() => draw(subject([candidate('e1', 0)]), SEED)).toThrow(Rejected)
    expect(() => draw(subject([candidate('e1', 5)]), 'not a seed')).toThrow(Rejected)
    expect(() => draw({ ...subject([candidate('e1', 5)]), teamSize: 1 }, SEED)).toThrow(Rejected)
  })
})

describe('the team of a visit', () => {
  it('is two of one authority that works in the district, none of whom must avoid the enterprise', () => {
    fc.assert(
      fc.property(someSubject, someSeed, (whole, seed) => {
        const inspectors = new Map(whole.inspectors.map((one) => [one.inspector, one]))
        const districts = new Map(whole.roster.map(({ enterprise, district }) => [enterprise, district]))
        for (const visit of draw(whole, seed)) {
          const team = visit.inspectors.flatMap((id) => inspectors.get(id) ?? [])
          const district = districts.get(visit.enterprise)
          expect(team.every((one) => !one.avoids.includes(visit.enterprise))).toBe(true)
          expect(team.every((one) => one.district === '' || one.district === district)).toBe(true)
          expect(new Set(team.map(({ authority }) => authority)).size).toBe(team.length === 0 ? 0 : 1)
          expect([0, 2]).toContain(new Set(visit.inspectors).size)
        }
      }),
    )
  })

  it('shares the work evenly', () => {
    const roster = Array.from({ length: 30 }, (_, number) => candidate(`e${number}`, 1_000_000))
    const inspectors = Array.from({ length: 6 }, (_, number) => inspector(`insp-${number}`))
    const visits = draw(subject(roster, inspectors), SEED)
    for (const { inspector: id } of inspectors) {
      expect(visits.filter((visit) => visit.inspectors.includes(id))).toHaveLength(10)
    }
  })

  it('is empty where fewer than two may go, and the visit stands', () => {
    const inspectors = [inspector('insp-1'), inspector('insp-2', { avoids: ['e1'] })]
    const visits = draw(subject([candidate('e1', 1_000_000), candidate('e2', 1_000_000)], inspectors), SEED)
    expect(visits).toEqual([
      { enterprise: 'e1', inspectors: [] },
      { enterprise: 'e2', inspectors: ['insp-1', 'insp-2'] },
    ])
  })
})

describe('version 1 of the draw', () => {
  it('keeps its golden vector for ever: old draws stay verifiable', () => {
    const roster = Array.from({ length: 12 }, (_, number) =>
      candidate(`uscc:${String(number).padStart(18, '0')}`, 250_000 + number * 10_000, {
        class: number < 6 ? 'B' : 'D',
        industry: number % 2 === 0 ? 'H' : 'F',
      }),
    )
    const inspectors = [1, 2, 3, 4].map((number) => inspector(`insp-140105-0${number}`))
    const whole = subject(roster, inspectors)
    expect({
      hash: rosterHash(whole),
      commitment: seedCommitment(SEED, rosterHash(whole)),
      visits: draw(whole, SEED),
    }).toMatchInlineSnapshot(`
      {
        "commitment": "d8b4ab60ff6affeeef3396f0c3ca40df2c5518108faf5ec185c3d93ae604b307",
        "hash": "657d7170579bb7fc8aa82816a667d49e52ec2911c472673e09568be4685fb773",
        "visits": [
          {
            "enterprise": "uscc:000000000000000003",
            "inspectors": [
              "insp-140105-01",
              "insp-140105-04",
            ],
          },
          {
            "enterprise": "uscc:000000000000000004",
            "inspectors": [
              "insp-140105-02",
              "insp-140105-03",
            ],
          },
          {
            "enterprise": "uscc:000000000000000010",
            "inspectors": [
              "insp-140105-01",
              "insp-140105-02",
            ],
          },
          {
            "enterprise": "uscc:000000000000000011",
            "inspectors": [
              "insp-140105-03",
              "insp-140105-04",
            ],
          },
        ],
      }
    `)
  })
})
