import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { midnight } from '../test/support/guide-city.ts'
import { loadPolicySet } from './policies.ts'
import { workingDays } from './working-days.ts'

const { realm } = loadPolicySet(fileURLToPath(new URL('../policies', import.meta.url)), 'city')

describe('a deadline in working days', () => {
  it('ends with the last of them, days off left out', () => {
    const add = workingDays(realm)
    // Wednesday 30 September 2026; the National Day holiday begins the day after.
    const { at, provisional } = add(midnight('2026-09-30') + 36_000_000, 3)
    expect(at).toBeGreaterThan(midnight('2026-10-09'))
    expect(provisional).toBe(false)
    expect(add(midnight('2026-11-25'), 2)).toEqual({ at: midnight('2026-11-28'), provisional: false })
  })

  it('is provisional where no calendar covers it', () => {
    expect(workingDays(realm)(midnight('2031-03-03'), 1)).toEqual({ at: midnight('2031-03-05'), provisional: true })
  })
})
