import { describe, expect, it } from 'vitest'
import type { Observation } from '../../core/observation.ts'
import { type BindingPage, boundAt, withBinding, withoutBinding } from './binding-page.ts'

function binding(id: string, enterprise: string, from: number, to: number | undefined, version = 1): Observation {
  const facts: Record<string, string> = { scheme: 'mn', device: 'D', from: String(from) }
  if (to !== undefined) facts.to = String(to)
  return {
    ...{ realm: 'city', feed: 'bindings', record: id, part: 'b', id, version, content: 'ab', kind: 'device-binding' },
    ...{ subject: enterprise, authority: '', trust: 'verified', district: '', industry: '', cause: '', occurred: 0 },
    ...{ decided: 0, published: 0, known: 0, received: 0, value: null, unit: '', facts, source: '', line: 1, gone: 0 },
  } as const
}

const pageOf = (...bindings: readonly Observation[]) => bindings.reduce<BindingPage>(withBinding, [])

describe('the bindings of a device', () => {
  it('hold from their beginning until before their end', () => {
    const page = pageOf(binding('1', 'A', 100, 200), binding('2', 'B', 300, undefined))
    expect([99, 100, 199, 200, 299, 300, 9_999].map((at) => boundAt(page, at))).toEqual([
      ...[undefined, 'A', 'A', undefined, undefined, 'B', 'B'],
    ])
  })

  it('where they overlap, the one that began last holds', () => {
    const page = pageOf(binding('2', 'B', 150, 180), binding('1', 'A', 100, undefined))
    expect([149, 150, 180].map((at) => boundAt(page, at))).toEqual(['A', 'B', 'A'])
  })

  it('are the same in whatever order their versions come', () => {
    const versions = [binding('1', 'A', 100, undefined, 1), binding('1', 'B', 200, undefined, 2)]
    expect(pageOf(...versions)).toEqual(pageOf(...[...versions].reverse()))
    expect(boundAt(pageOf(...versions), 150)).toBeUndefined()
  })

  it('stay to be seen when they are withdrawn, and hold no more', () => {
    const page = withoutBinding(pageOf(binding('1', 'A', 100, undefined)), binding('1', 'A', 100, undefined, 2))
    expect(page).toMatchObject([{ enterprise: 'A', gone: true }])
    expect(boundAt(page, 150)).toBeUndefined()
    expect(withoutBinding(page, binding('1', 'A', 100, undefined, 1))).toBe(page)
  })
})
