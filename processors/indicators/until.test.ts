import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ComparisonPolicy } from '../../core/policy.ts'
import { CN, COMMON, contextOf, dayTick, fact, readAt } from '../../test/support/indicator-view.ts'
import type { Entry } from '../entry.ts'
import { createAbsence } from './absence.ts'
import { createAge } from './attribute.ts'
import { createBurst } from './burst.ts'
import { createContradiction } from './contradiction.ts'
import { createDeadline } from './deadline.ts'
import { createDecayedCount } from './decayed-count.ts'
import { createSessionCount } from './session-count.ts'
import { createWindowCount } from './window-count.ts'

const select = { kinds: ['complaint'] } as const
const table = [
  [0, 1000],
  [7, 400],
  [60, 0],
] as const
const BOUND: ComparisonPolicy = {
  id: 'bound',
  name: COMMON.name,
  rule: 'ratio',
  most: 500,
  left: { select, take: 'sum', days: 20 },
  right: { select, days: 40 },
}
const context = contextOf({ decays: { table }, calendar: CN, comparisons: [BOUND] })
const absence = { ...COMMON, kind: 'absence', select, afterDays: 10, fullDays: 47, feed: 'f' } as const
const deadline = { ...COMMON, kind: 'deadline', select, outcome: select, match: 'none', fullDays: 30 } as const
const windowed = { ...COMMON, select, threshold: 1, saturation: 3 } as const
const sliding = { ...windowed, kind: 'window-count', mode: 'sliding', windowHours: 240, aggregate: 'max' } as const
const session = { ...windowed, kind: 'session-count', gapHours: 72, aggregate: 'sum', holdDays: 12 } as const
const contradiction = { ...COMMON, kind: 'contradiction', comparison: 'bound', graceDays: 6 } as const
const count = { ...COMMON, kind: 'decayed-count', select, decay: 'table', saturation: 2 } as const

const indicators = [
  createDecayedCount(count, context),
  createDecayedCount({ ...count, lacking: true }, context),
  createAbsence(absence, context),
  createAbsence({ ...absence, workingDays: true }, context),
  createAge({ ...COMMON, kind: 'age', select, fullDays: 33 }),
  createDeadline(deadline, context),
  createDeadline({ ...deadline, workingDays: true }, context),
  createBurst({ ...COMMON, kind: 'burst', select, windowDays: 10, baselineDays: 40, peers: false }, context),
  createSessionCount(session),
  createSessionCount({ ...session, aggregate: 'count' }),
  createWindowCount(sliding, context),
  createWindowCount({ ...sliding, aggregate: 'sum' }, context),
  createWindowCount({ ...sliding, mode: 'tumbling', aggregate: 'count', windowHours: 168 }, context),
  createContradiction(contradiction, context),
  createContradiction({ ...contradiction, workingDays: true }, context),
]

/** Outcomes of none; or the two sides of a comparison by turns. */
function countedBy(kind: string, facts: Entry[]): Entry[][] {
  if (kind === 'deadline') return [facts, []]
  if (kind !== 'contradiction') return [facts]
  return [facts.filter((_, index) => index % 2 === 0), facts.filter((_, index) => index % 2 === 1)]
}

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
            return fact(day, { id: String(index), value: due, facts: { deadline, none: String(index) } })
          })
        const counted = countedBy(indicator.policy.kind, facts)
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
