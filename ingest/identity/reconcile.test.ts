import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Observation } from '../../core/observation.ts'
import { reconcile, type Target } from './reconcile.ts'

const SUBJECTS = ['uscc:A', 'uscc:B', 'uscc:C'] as const

function row(id: string, subject: string, version: number, more: Partial<Observation> = {}): Observation {
  return {
    ...{ realm: 'city', feed: 'f', record: id, part: 'p', id: `f/${id}/p`, version, content: 'ab', kind: 'penalty' },
    ...{ subject, authority: 'x', trust: 'verified', district: '', industry: '', cause: '', occurred: 0, decided: 0 },
    ...{ published: 0, known: version * 10, received: 0, value: version, unit: '', facts: {}, source: 's', line: 1 },
    ...{ gone: 0, ...more },
  } as const
}

/** What every fold does: of each subject's rows of one id the greatest version holds. */
function inForce(rows: readonly Observation[]): string[] {
  const newest = new Map<string, Observation>()
  for (const each of rows) {
    const place = `${each.subject} ${each.id}`
    const before = newest.get(place)
    const later =
      before === undefined ||
      each.version > before.version ||
      (each.version === before.version && each.content > before.content)
    if (later) newest.set(place, each)
  }
  return [...newest.values()]
    .filter(({ gone }) => gone === 0)
    .map(({ subject, id, version, known, facts }) => `${id} ${subject} v${version} ${known} ${facts.filedAs ?? ''}`)
    .sort()
}

const records = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('1', '2', '3'),
    subject: fc.constantFrom(...SUBJECTS),
    version: fc.integer({ min: 1, max: 3 }),
  }),
  { selector: ({ id }) => id },
)
/** Decisions in turn: where each subject's rows belong from then on; `undefined` is nowhere. */
const decisions = fc.array(fc.record({ 'uscc:A': place(), 'uscc:B': place(), 'uscc:C': place() }), { maxLength: 5 })

function place() {
  return fc.option(fc.constantFrom(...SUBJECTS), { nil: undefined })
}

describe('putting observations where they belong', () => {
  it('ends with each in force under the right subject alone, whatever was decided before', () => {
    fc.assert(
      fc.property(records, decisions, (filed, turns) => {
        const originals = filed.map(({ id, subject, version }) => row(id, subject, version))
        let rows: readonly Observation[] = originals
        let target: (original: Observation) => readonly Target[] = ({ subject }) => [
          { filed: subject, current: subject },
        ]
        turns.forEach((turn, i) => {
          target = (original) => {
            const under = original.facts.filedAs ?? original.subject
            const current = turn[under as (typeof SUBJECTS)[number]]
            return current === undefined ? [] : [{ filed: under, current }]
          }
          const said = reconcile(rows, target, { at: 100 + i, stamp: 1_000 + i })
          rows = [...rows, ...said.observations]
          expect(reconcile(rows, target, { at: 200 + i, stamp: 2_000 + i }).observations).toEqual([])
        })
        const expected = originals.flatMap((original) => {
          return target(original).map(({ filed: under, current }) => {
            const filedAs = under === current ? '' : under
            return `${original.id} ${current} v${original.version} ${original.known} ${filedAs}`
          })
        })
        expect(inForce(rows)).toEqual(expected.sort())
      }),
      { numRuns: 300 },
    )
  })

  it('gives a version that the source sends later the last word', () => {
    const first = row('1', 'uscc:B', 1)
    const moved = reconcile([first], () => [{ filed: 'uscc:B', current: 'uscc:A' }], { at: 50, stamp: 1 })
    const later = row('1', 'uscc:A', 2, { facts: { filedAs: 'uscc:B' } })
    expect(inForce([first, ...moved.observations, later])).toEqual(['f/1/p uscc:A v2 20 uscc:B'])
    expect(moved.moved).toEqual([{ feed: 'f', record: '1', subjects: ['uscc:A'] }])
  })

  it('leaves what its source has withdrawn alone, and takes back what still stands of it', () => {
    const rows = [row('1', 'uscc:A', 2, { gone: 1 }), row('1', 'uscc:B', 1)]
    const { observations, without } = reconcile(rows, () => [{ filed: 'uscc:A', current: 'uscc:A' }], {
      at: 50,
      stamp: 1,
    })
    expect(observations).toMatchObject([{ subject: 'uscc:B', gone: 1, version: 2, known: 50 }])
    expect(without).toBe(1)
  })

  it('ends with a record that several share under exactly those, whatever was said of them before', () => {
    const shares = fc.subarray([...SUBJECTS])
    fc.assert(
      fc.property(fc.array(shares, { minLength: 1, maxLength: 5 }), (turns) => {
        let rows: readonly Observation[] = [row('1', 'uscc:A', 1)]
        turns.forEach((subjects, i) => {
          const targets = () => subjects.map((subject) => ({ filed: subject, current: subject }))
          rows = [...rows, ...reconcile(rows, targets, { at: 100 + i, stamp: 1_000 + i }).observations]
          expect(reconcile(rows, targets, { at: 200 + i, stamp: 2_000 + i }).observations).toEqual([])
          expect(inForce(rows)).toEqual(subjects.map((subject) => `f/1/p ${subject} v1 10 `).sort())
        })
      }),
      { numRuns: 200 },
    )
  })

  it('does not take a version that left one subject for another for one that is gone', () => {
    const [left, stands] = [row('1', 'uscc:A', 2, { gone: 1 }), row('1', 'uscc:B', 2)]
    const target = () => [{ filed: 'uscc:B', current: 'uscc:B' }]
    for (const rows of [
      [row('1', 'uscc:A', 1), left, stands],
      [stands, left, row('1', 'uscc:A', 1)],
    ]) {
      expect(reconcile(rows, target, { at: 50, stamp: 1 }).observations).toEqual([])
    }
  })
})
