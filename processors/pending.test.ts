import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareObservations } from '../core/observation.ts'
import { day, observation } from '../test/support/observations.ts'
import { mergeTail } from './pending.ts'

const some = fc
  .array(fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 6 })), { maxLength: 30 })
  .map((pairs) => pairs.map(([at, record]) => observation({ record: `${record}`, known: day(at) })))

describe('what is pending', () => {
  it('is in order after each batch as if all of it had been sorted, those that are the same as they came', () => {
    fc.assert(
      fc.property(some, some, (first, second) => {
        const before = [...first].sort(compareObservations)
        const merged = [...before, ...second]
        mergeTail(merged, before.length)
        const sorted = [...before, ...second].sort(compareObservations)
        expect(merged.every((one, index) => one === sorted[index])).toBe(true)
      }),
    )
  })
})
