import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY_MS } from '../../core/time.ts'
import { COMMON, dayTick, fact, readAt } from '../../test/support/indicator-view.ts'
import { testRealm } from '../../test/support/observations.ts'
import { createAbsence } from './absence.ts'
import { createAge } from './attribute.ts'
import { createBurst } from './burst.ts'
import { createDeadline } from './deadline.ts'
import { createDecayedCount } from './decayed-count.ts'

const select = { kinds: ['complaint'] } as const
const table = [
  [0, 1000],
  [7, 400],
  [60, 0],
] as const
const context = { realm: testRealm({ decays: { table } }), periodMs: 7 * DAY_MS }
const count = { ...COMMON, kind: 'decayed-count', select, decay: 'table', saturation: 2 } as const

const indicators = [
  createDecayedCount(count, context),
  createDecayedCount({ ...count, lacking: true }, context),
  createAbsence({ ...COMMON, kind: 'absence', select, afterDays: 10, fullDays: 47, feed: 'f' }),
  createAge({ ...COMMON, kind: 'age', select, fullDays: 33 }),
  createDeadline({ ...COMMON, kind: 'deadline', select, outcome: select, match: 'none', fullDays: 30 }),
  createBurst({ ...COMMON, kind: 'burst', select, windowDays: 10, baselineDays: 40, peers: false }, context),
]

// The engine looks at an enterprise again only when something arrives or when this instant comes.
test.each(indicators.map((indicator) => [indicator.policy.kind, indicator] as const))(
  '%s: while nothing arrives, the intensity stays as it is until the instant that was announced',
  (_, indicator) => {
    const days = fc.array(fc.tuple(fc.nat(60), fc.nat(40)), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(days, fc.nat(120), (given, after) => {
        const facts = given
          .sort(([one], [other]) => one - other)
          .map(([day, due], index) => {
            const deadline = String(dayTick(day + due))
            return fact(day, { id: String(index), facts: { deadline, none: String(index) } })
          })
        const counted = indicator.policy.kind === 'deadline' ? [facts, []] : [facts]
        const arrived = Math.max(...given.map(([day]) => day)) + 1
        let said = readAt(indicator, dayTick(arrived), counted)
        for (let day = arrived + 1; day <= arrived + after; day++) {
          const now = readAt(indicator, dayTick(day), counted)
          if (dayTick(day) < said.until) expect(now.intensity).toBe(said.intensity)
          else said = now
        }
      }),
    )
  },
)
