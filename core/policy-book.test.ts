import { describe, expect, it } from 'vitest'
import { testRealm } from '../test/support/observations.ts'
import { bookOf, eraAt } from './policy-book.ts'
import type { PolicyActivated, PolicyInForce, PolicyStaged, PolicyStep } from './policy-step.ts'

const common = { realm: 'city', by: 'planner', note: '', at: 0 }
const staged = (id: string): PolicyStaged => ({
  type: 'policy-staged',
  ...common,
  id,
  policy: `hash of ${id}`,
  rules: testRealm({ effective: id }),
})
const wanted = (of: string): PolicyActivated => ({
  type: 'policy-activated',
  ...common,
  id: `wish for ${of}`,
  policy: `hash of ${of}`,
  staged: of,
  from: 5,
})
const inForce = (of: string, from: number, activation = `wish for ${of}`): PolicyInForce => {
  return {
    type: 'policy-in-force',
    realm: 'city',
    id: `${of}-${from}`,
    policy: `hash of ${of}`,
    staged: of,
    activation,
    from,
    at: from,
  }
}
const FIRST: readonly PolicyStep[] = [staged('one'), inForce('one', 0, '')]

describe('what the entries of a realm say of its policies', () => {
  it('is nothing where there are none', () => {
    expect(bookOf('city', [])).toEqual({ eras: [], staged: undefined, wanted: undefined })
    expect(eraAt({ eras: [] }, 7)).toBeUndefined()
  })

  it('is an era for each that came into force, each with a stream of its own but the first', () => {
    const book = bookOf('city', [...FIRST, staged('two'), wanted('two'), inForce('two', 6)])
    expect(book.eras.map(({ entry, stream }) => [entry.from, stream])).toEqual([
      [0, 'city'],
      [6, 'city_two'],
    ])
    expect(book).toMatchObject({ staged: undefined, wanted: undefined })
    for (const [instant, policy] of [
      [-1, 'one'],
      [5, 'one'],
      [6, 'two'],
      [99, 'two'],
    ] as const)
      expect(eraAt(book, instant)?.rules.effective).toBe(policy)
  })

  it('gives up what was staged, and the wish for it, when another is staged', () => {
    const book = bookOf('city', [...FIRST, staged('two'), wanted('two'), staged('three')])
    expect(book).toMatchObject({ staged: { id: 'three' }, wanted: undefined })
    expect(bookOf('city', [...FIRST, staged('two'), staged('three'), wanted('two')]).wanted).toBeUndefined()
  })

  it.each<[string, readonly PolicyStep[]]>([
    ['entries that come twice', [...FIRST, ...FIRST]],
    [
      'a first policy that another process entered at the same moment',
      [...FIRST, staged('other'), inForce('other', 0, '')],
    ],
    ['a policy in force that was never staged', [...FIRST, inForce('nobody', 6)]],
  ])('is not changed by %s', (_, steps) => {
    const book = bookOf('city', steps)
    expect(book.eras.map(({ rules }) => rules.effective)).toEqual(['one'])
    expect(book.staged).toBeUndefined()
  })
})
