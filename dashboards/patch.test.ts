import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyPatch, diffDocuments } from './patch.ts'

/** Any JSON whose objects hold no null, as RFC 7396 demands of what it can express. */
const name = fc.oneof(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', ''), fc.string({ maxLength: 3 }))
const { json } = fc.letrec((tie) => ({
  scalar: fc.oneof(
    fc.boolean(),
    fc.integer({ min: -3, max: 3 }).map((n) => n + 0),
    fc.string({ maxLength: 3 }),
  ),
  json: fc.oneof({ maxDepth: 4 }, tie('scalar'), tie('list'), tie('members')),
  list: fc.array(fc.oneof(tie('json'), fc.constant(null)), { maxLength: 4 }),
  members: fc.dictionary(name, tie('json'), { maxKeys: 5 }),
}))

describe('merge patches', () => {
  it('take any document to any other', () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        const patch = diffDocuments(before, after)
        const arrived: unknown = patch === undefined ? before : applyPatch(before, JSON.parse(JSON.stringify(patch)))
        expect(JSON.parse(JSON.stringify(arrived))).toEqual(JSON.parse(JSON.stringify(after)))
      }),
      { numRuns: 400 },
    )
  })

  it('say nothing where nothing changed', () => {
    fc.assert(fc.property(json, (document) => diffDocuments(document, structuredClone(document)) === undefined))
  })

  it('leave the document they are applied to untouched and share what they do not change', () => {
    const before = { warnings: { a: { level: 'red' } }, totals: { open: 1 } }
    const after = applyPatch(before, { totals: { open: 2 } }) as typeof before
    expect(before.totals.open).toBe(1)
    expect(after.totals.open).toBe(2)
    expect(after.warnings).toBe(before.warnings)
  })

  it('carry only the members of one warning when one warning changed', () => {
    const before = { warnings: { a: { state: 'open', level: 'red' }, b: { state: 'open', level: 'blue' } } }
    const after = { warnings: { a: { state: 'confirmed', level: 'red' } } }
    expect(diffDocuments(before, after)).toEqual({ warnings: { a: { state: 'confirmed' }, b: null } })
  })

  it('treat a member that is undefined as absent, as JSON does', () => {
    expect(diffDocuments({ plan: { period: '2026-11' } }, { plan: undefined })).toEqual({ plan: null })
    expect(diffDocuments({}, { plan: undefined })).toBeUndefined()
  })
})
