import { describe, expect, test } from 'vitest'
import type { ComparedSide, ComparisonPolicy } from '../../core/policy.ts'
import { CN, COMMON, contextOf, dayTick, fact, intensities, readAt } from '../../test/support/indicator-view.ts'
import { createContradiction } from './contradiction.ts'

const side = (given: Partial<ComparedSide> = {}): ComparedSide => ({ select: { kinds: ['registration'] }, ...given })
type Rule = { rule: ComparisonPolicy['rule']; least?: number; most?: number; rightLater?: boolean }

function contradiction(rule: Rule, left = side(), right = side(), graceDays = 0, workingDays = false) {
  const comparison = { id: 'compared', name: COMMON.name, left, right, ...rule } as ComparisonPolicy
  const policy = { ...COMMON, kind: 'contradiction', comparison: 'compared', graceDays, workingDays } as const
  return createContradiction(policy, contextOf({ comparisons: [comparison], calendar: CN }))
}

describe('two numbers of one enterprise', () => {
  const staff = contradiction(
    { rule: 'ratio', least: 500, most: 2000 },
    side({ fact: 'insured' }),
    side({ fact: 'staff' }),
  )
  const insured = (day: number, count: string) => fact(day, { id: `i${day}`, facts: { insured: count } })
  const registered = (day: number, count: string) => fact(day, { id: `r${day}`, facts: { staff: count } })

  test.each([
    ['30', 0],
    ['20', 0],
    ['80', 0],
    ['10', 500],
    ['19', 100],
    ['0', 1000],
    ['120', 500],
    ['900', 1000],
  ])('40 registered and %s insured, where half to twice is allowed, give %i', (count, intensity) => {
    expect(readAt(staff, dayTick(9), [[insured(2, count)], [registered(1, '40')]]).intensity).toBe(intensity)
  })

  test('have observations of both sides as their evidence', () => {
    const said = readAt(staff, dayTick(9), [[insured(1, '40'), insured(2, '5')], [registered(1, '40')]])
    expect(said).toMatchObject({ intensity: 750, measure: '5 / 40', evidence: ['i2', 'r1'] })
  })

  test('of which one is missing or unreadable contradict nothing', () => {
    expect(readAt(staff, dayTick(9), [[], [registered(1, '40')]]).intensity).toBe(0)
    expect(readAt(staff, dayTick(9), [[insured(2, '5')], []]).intensity).toBe(0)
    expect(readAt(staff, dayTick(9), [[insured(2, '  ')], [registered(1, '40')]]).intensity).toBe(0)
    expect(readAt(staff, dayTick(9), [[insured(2, 'many')], [registered(1, '40')]]).intensity).toBe(0)
  })

  test('may be sums over their last days', () => {
    const use = contradiction(
      { rule: 'ratio', least: 100 },
      side({ take: 'sum', days: 60 }),
      side({ take: 'sum', days: 60 }),
    )
    const tax = [fact(1, { value: 600 }), fact(31, { value: 400 })]
    const power = [fact(3, { id: 'p1', value: 10 }), fact(33, { id: 'p2', value: 15 })]
    expect(readAt(use, dayTick(40), [power, tax])).toMatchObject({ intensity: 750, measure: '25 / 1000' })
    // The older ones leave after sixty days, a little apart.
    expect(readAt(use, dayTick(40), [power, tax]).until).toBe(dayTick(61) + 1)
  })
})

describe('what must agree or never both be', () => {
  test('addresses agree whatever their width, blanks and punctuation', () => {
    const address = contradiction({ rule: 'agree' }, side({ fact: 'address' }), side({ fact: 'premises' }))
    const at = (left: string, right: string) =>
      readAt(address, dayTick(9), [[fact(1, { facts: { address: left } })], [fact(2, { facts: { premises: right } })]])
    expect(at('小店区 平阳路１２号', '小店区平阳路12号。').intensity).toBe(0)
    expect(at('小店区平阳路12号', '迎泽区柳巷3号').intensity).toBe(1000)
  })

  test('no permit is granted to whose registration was revoked, until the registration stands again', () => {
    const revoked = contradiction(
      { rule: 'never-both', rightLater: true },
      side({ fact: 'status', among: ['revoked'] }),
      side({ take: 'count', days: 365 }),
    )
    const status = (day: number, value: string) => fact(day, { id: `s${day}`, facts: { status: value } })
    const permit = (day: number) => fact(day, { id: `p${day}` })
    const counted = [
      [status(1, 'active'), status(10, 'revoked'), status(30, 'active')],
      [permit(5), permit(20)],
    ]
    expect(intensities(revoked, [9, 11, 19, 21, 29, 31], counted)).toEqual([0, 0, 0, 1000, 1000, 0])
    expect(readAt(revoked, dayTick(21), counted).evidence).toEqual(['s10', 'p20'])
  })

  test('no power used while production is reported, once both had ten working days to be brought up to date', () => {
    const idle = contradiction(
      { rule: 'never-both' },
      side({ take: 'sum', days: 45, atMost: 0 }),
      side({ take: 'sum', days: 45, atLeast: 1 }),
      10,
      true,
    )
    // 2026-02-10 and 13: ten working days later, with the holiday and two Saturdays of work, is 2026-03-04.
    const counted = [[fact(40, { id: 'power', value: 0 })], [fact(43, { id: 'output', value: 900 })]]
    const before = readAt(idle, dayTick(60), counted)
    expect(before.intensity).toBe(0)
    expect(before.until).toBe(dayTick(63) + 1)
    expect(readAt(idle, before.until, counted)).toMatchObject({ intensity: 1000, evidence: ['power', 'output'] })
    expect(readAt(idle, dayTick(86), counted).intensity).toBe(0)
  })
})

test('a comparison that the policy lacks is refused by name', () => {
  const policy = { ...COMMON, kind: 'contradiction', comparison: 'none', graceDays: 0 } as const
  expect(() => createContradiction(policy, contextOf())).toThrow('none')
})
