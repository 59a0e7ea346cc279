import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fullHash } from '../core/hash.ts'
import type { DrawCommitted, DrawOpened } from './decision-journal.ts'
import { draw, rosterHash, seedCommitment } from './draw.ts'
import { verifyDraw } from './verify-draw.ts'

const SEED = fullHash('a secret')
const subject = {
  realm: 'demo',
  period: '2026-11',
  policy: 'default@0',
  teamSize: 2,
  roster: Array.from({ length: 20 }, (_, number) => ({
    enterprise: `e${String(number).padStart(2, '0')}`,
    class: number < 10 ? ('B' as const) : ('D' as const),
    district: number % 2 === 0 ? '140105' : '140181',
    industry: 'H',
    probabilityPpm: 400_000,
  })),
  inspectors: Array.from({ length: 5 }, (_, number) => ({
    inspector: `insp-140105-0${number}`,
    authority: 'market',
    district: '140105',
    avoids: number === 0 ? ['e00'] : [],
  })),
}
const hash = rosterHash(subject)
const committed: DrawCommitted = {
  ...subject,
  type: 'draw-committed',
  id: 'draw/2026-11',
  rosterHash: hash,
  rosterPages: 0,
  seedCommitment: seedCommitment(SEED, hash),
  at: 1000,
}
const opened: DrawOpened = {
  type: 'draw-opened',
  realm: 'demo',
  id: 'draw/2026-11',
  seed: SEED,
  visits: draw(subject, SEED),
  at: 2000,
}

function found(before: Partial<DrawCommitted>, after: Partial<DrawOpened>): readonly string[] {
  const verdict = verifyDraw({ ...committed, ...before }, { ...opened, ...after })
  expect(verdict.ok).toBe(false)
  return [...new Set(verdict.differences.map(({ what }) => what))]
}

describe('verifying a draw', () => {
  it('confirms an honest one, and counts the visits that nobody may make', () => {
    const verdict = verifyDraw(committed, opened)
    expect(verdict).toMatchObject({ ok: true, visits: 8, differences: [] })
    const { visits } = opened
    expect(verdict.unstaffed).toBe(visits.filter(({ enterprise }) => Number(enterprise.slice(1)) % 2 === 1).length)
  })

  it('confirms it after the roster has been stored in another order', () => {
    expect(verifyDraw({ ...committed, roster: [...committed.roster].reverse() }, opened).ok).toBe(true)
  })

  it('finds any change of the roster: a chance, an enterprise left out, one put in, another district', () => {
    fc.assert(
      fc.property(fc.nat(19), fc.constantFrom('chance', 'out', 'in', 'district'), (place, how) => {
        const roster = committed.roster.flatMap((one, number) => {
          if (number !== place) return [one]
          if (how === 'chance') return [{ ...one, probabilityPpm: one.probabilityPpm + 1 }]
          if (how === 'in') return [one, { ...one, enterprise: 'e99' }]
          return how === 'out' ? [] : [{ ...one, district: '140106' }]
        })
        expect(found({ roster }, {})).toContain('roster-hash')
      }),
    )
  })

  it('finds a roster changed together with its hash, because the seed was bound to the old one', () => {
    const roster = committed.roster.slice(1)
    expect(found({ roster, rosterHash: rosterHash({ ...subject, roster }) }, {})).toContain('seed-commitment')
  })

  it('finds another seed, whoever it would have drawn', () => {
    fc.assert(
      fc.property(fc.integer(), (number) => {
        const seed = fullHash(`other ${number}`)
        expect(found({}, { seed, visits: draw(subject, seed) })).toEqual(['seed-commitment'])
      }),
    )
  })

  it('finds one visit left out, added, exchanged, or made by others', () => {
    const [first, ...others] = opened.visits
    if (first === undefined) throw new Error('nobody was drawn')
    const stranger = { ...first, enterprise: 'e99' }
    expect(found({}, { visits: others })).toEqual(['visit-missing'])
    expect(found({}, { visits: [...opened.visits, stranger] })).toEqual(['visit-added'])
    expect(found({}, { visits: [...opened.visits, first] })).toEqual(['visit-added'])
    expect(found({}, { visits: [stranger, ...others] })).toEqual(['visit-missing', 'visit-added'])
    expect(found({}, { visits: [{ ...first, inspectors: ['insp-x', 'insp-y'] }, ...others] })).toEqual(['inspectors'])
  })

  it('finds inspectors changed after the commitment, a draw of another period, and one opened before it was committed', () => {
    expect(found({ inspectors: committed.inspectors.slice(1) }, {})).toContain('roster-hash')
    expect(found({ period: '2026-12' }, {})).toContain('roster-hash')
    expect(found({}, { id: 'draw/2026-12' })).toEqual(['identity'])
    expect(found({}, { at: 999 })).toEqual(['order'])
  })

  it('says so, and does not fail, where there is nothing to draw from', () => {
    expect(found({}, { seed: 'gone' })).toContain('unusable')
    expect(found({ roster: [...committed.roster, ...committed.roster] }, {})).toEqual(['unusable'])
  })
})
