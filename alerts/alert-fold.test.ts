import { describe, expect, test } from 'vitest'
import type { Decision } from '../core/decision.ts'
import type { RiskPoint } from '../core/risk.ts'
import type { Warning } from '../core/warning.ts'
import { alertPolicy, day, ENTERPRISE, riskPoint } from '../test/support/alert-policy.ts'
import { type AlertFold, createAlertFold } from './alert-fold.ts'
import type { AlertReason } from './alert-reason.ts'
import type { Said } from './saying.ts'

const policy = alertPolicy()
const FIRST = `city/${ENTERPRISE}/${day(1)}`

/** Signals and decisions at days; notices, and the warning's state, expected between days. */
type Step =
  | { readonly at: number; readonly risk: number; readonly point?: Partial<RiskPoint> }
  | { readonly at: number; readonly decide: 'confirmed' | 'dispatched' | 'closed'; readonly about?: string }

interface Told {
  readonly to: string
  readonly because: AlertReason
  readonly level: Warning['level']
}

function newFold(): AlertFold {
  return createAlertFold('city', () => policy, undefined)
}

function decisionAt(at: number, to: 'confirmed' | 'dispatched' | 'closed', warning = FIRST): Decision {
  return {
    type: 'warning-decided',
    realm: 'city',
    id: `decision-${at}-${to}`,
    warning,
    to,
    by: 'duty',
    note: '',
    at: day(at),
  }
}

function observe(fold: AlertFold, step: Step): Said {
  if ('risk' in step) {
    return fold.observe({ topic: 'signals', entries: [riskPoint(step.at, step.risk, step.point)] })
  }
  return fold.observe({ topic: 'decisions', entries: [decisionAt(step.at, step.decide, step.about)] })
}

function noticesOf(said: Said): readonly Told[] {
  return said.notices.map(({ receiver, warning }) => {
    const change = said.changes.find(
      (each) => each.warning.id === warning.id && each.warning.revision === warning.revision,
    )
    return { to: receiver, because: change?.reason ?? 'unchanged', level: warning.level }
  })
}

const timelines: readonly { readonly name: string; readonly story: readonly (readonly [Step, readonly Told[]])[] }[] = [
  {
    name: 'a restaurant turns dangerous, is dispatched, visited and closed',
    story: [
      [{ at: 0, risk: 120 }, []],
      [{ at: 1, risk: 655 }, [{ to: 'food-bureau', because: 'raised', level: 'orange' }]],
      [{ at: 2, risk: 670 }, []],
      [{ at: 2, decide: 'confirmed' }, []],
      [{ at: 3, decide: 'dispatched' }, [{ to: 'food-bureau', because: 'dispatched', level: 'orange' }]],
      [
        { at: 4, risk: 840 },
        [
          { to: 'food-bureau', because: 'escalated', level: 'red' },
          { to: 'command', because: 'escalated', level: 'red' },
        ],
      ],
      [
        { at: 9, risk: 200 },
        [
          { to: 'food-bureau', because: 'subsided', level: 'blue' },
          { to: 'command', because: 'subsided', level: 'blue' },
        ],
      ],
      [{ at: 10, risk: 180 }, []],
      [
        { at: 11, decide: 'closed' },
        [
          { to: 'food-bureau', because: 'closed', level: 'blue' },
          { to: 'command', because: 'closed', level: 'blue' },
        ],
      ],
    ],
  },
  {
    name: 'a risk that wavers around a band does not call anyone again and again',
    story: [
      [{ at: 1, risk: 610 }, [{ to: 'food-bureau', because: 'raised', level: 'orange' }]],
      [{ at: 2, risk: 590 }, []],
      [{ at: 3, risk: 605 }, []],
      [{ at: 4, risk: 555 }, []],
      [{ at: 5, risk: 540 }, [{ to: 'food-bureau', because: 'eased', level: 'yellow' }]],
    ],
  },
  {
    name: 'a warning that fades before anyone took it up is withdrawn, and the next rise is another one',
    story: [
      [{ at: 1, risk: 320 }, [{ to: 'food-bureau', because: 'raised', level: 'blue' }]],
      [{ at: 2, risk: 100 }, [{ to: 'food-bureau', because: 'withdrawn', level: 'blue' }]],
      [{ at: 3, risk: 90 }, []],
      [{ at: 4, risk: 330 }, [{ to: 'food-bureau', because: 'raised', level: 'blue' }]],
    ],
  },
  {
    name: 'what was closed at orange comes back only above orange, or after it had eased',
    story: [
      [{ at: 1, risk: 655 }, [{ to: 'food-bureau', because: 'raised', level: 'orange' }]],
      [{ at: 2, decide: 'closed' }, [{ to: 'food-bureau', because: 'closed', level: 'orange' }]],
      [{ at: 3, risk: 700 }, []],
      [{ at: 4, risk: 460 }, []],
      [{ at: 5, risk: 655 }, [{ to: 'food-bureau', because: 'raised', level: 'orange' }]],
    ],
  },
  {
    name: 'an upheld objection takes back what was told',
    story: [
      [{ at: 0, risk: 200 }, []],
      [{ at: 1, risk: 655 }, [{ to: 'food-bureau', because: 'raised', level: 'orange' }]],
      [
        { at: 1, risk: 655, point: { revision: 1, removed: 1 } },
        [{ to: 'food-bureau', because: 'corrected', level: 'orange' }],
      ],
      [{ at: 2, risk: 210, point: { revision: 1 } }, []],
    ],
  },
  {
    name: 'a corrected record that leaves the level is told all the same',
    story: [
      [{ at: 1, risk: 780 }, [{ to: 'food-bureau', because: 'raised', level: 'orange' }]],
      [{ at: 1, risk: 640, point: { revision: 1 } }, [{ to: 'food-bureau', because: 'corrected', level: 'orange' }]],
    ],
  },
  {
    name: 'a correction of what nobody was told of calls nobody',
    story: [
      [{ at: 0, risk: 100 }, []],
      [{ at: 1, risk: 655 }, [{ to: 'food-bureau', because: 'raised', level: 'orange' }]],
      [{ at: 0, risk: 150, point: { revision: 1 } }, []],
    ],
  },
  {
    name: 'whoever closed a warning that rested on a wrong record is told',
    story: [
      [{ at: 1, risk: 655 }, [{ to: 'food-bureau', because: 'raised', level: 'orange' }]],
      [{ at: 2, decide: 'closed' }, [{ to: 'food-bureau', because: 'closed', level: 'orange' }]],
      [{ at: 1, risk: 120, point: { revision: 1 } }, [{ to: 'food-bureau', because: 'corrected', level: 'orange' }]],
    ],
  },
  {
    name: 'a record that was missing raises a warning when it comes',
    story: [
      [{ at: 1, risk: 100 }, []],
      [{ at: 1, risk: 655, point: { revision: 1 } }, [{ to: 'food-bureau', because: 'raised', level: 'orange' }]],
    ],
  },
]

describe('from signals to notices', () => {
  test.each(timelines)('$name', ({ story }) => {
    const fold = newFold()
    for (const [step, told] of story) expect(noticesOf(observe(fold, step)), JSON.stringify(step)).toEqual(told)
  })

  test.each(timelines)('every entry again says nothing: $name', ({ story }) => {
    const fold = newFold()
    for (const [step] of story) {
      observe(fold, step)
      const state = fold.toBytes()
      expect(observe(fold, step).notices).toEqual([])
      expect(fold.toBytes()).toEqual(state)
    }
  })

  test.each(timelines)('a restart from its bytes goes on as if it had not been: $name', ({ story }) => {
    const through = newFold()
    let restarted = newFold()
    for (const [step] of story) {
      restarted = createAlertFold('city', () => policy, restarted.toBytes())
      expect(observe(restarted, step)).toEqual(observe(through, step))
    }
    expect(restarted.toBytes()).toEqual(through.toBytes())
  })
})

describe('what the fold promises', () => {
  test('a past that is rebuilt in several points is judged once, when all of them are in', () => {
    const fold = newFold()
    for (const step of [riskPoint(1, 655), riskPoint(2, 700), riskPoint(3, 820)]) {
      fold.observe({ topic: 'signals', entries: [step] })
    }
    const rebuilt = [
      riskPoint(1, 0, { revision: 1 }),
      riskPoint(2, 500, { revision: 1 }),
      riskPoint(3, 520, { revision: 1 }),
    ]
    const said = fold.observe({ topic: 'signals', entries: rebuilt })
    expect(noticesOf(said).map(({ because, level }) => [because, level])).toEqual([
      ['corrected', 'yellow'],
      ['corrected', 'yellow'],
    ])
    expect(said.changes[0]?.warning.reason.zh).toContain('风险由 820 降至 520')
  })

  test('after a correction the level is that of a history in which the record had never been', () => {
    const wrong = newFold()
    wrong.observe({ topic: 'signals', entries: [riskPoint(1, 655), riskPoint(2, 620), riskPoint(3, 560)] })
    wrong.observe({
      topic: 'signals',
      entries: [riskPoint(1, 320, { revision: 1 }), riskPoint(2, 0, { revision: 1, removed: 1 })],
    })
    const right = newFold()
    right.observe({ topic: 'signals', entries: [riskPoint(1, 320), riskPoint(3, 560)] })
    expect(wrong.active()[0]).toMatchObject({ level: 'yellow', risk: 560 })
    expect(right.active()[0]).toMatchObject({ level: 'yellow', risk: 560 })
  })

  test('enterprises do not depend on each other: any interleaving of shards gives the same bytes', () => {
    const others = ['uscc:A', 'uscc:B', 'uscc:C']
    const points = [0, 1, 2, 3].flatMap((n) =>
      others.map((enterprise, i) => riskPoint(n, 200 * n + 60 * i, { enterprise })),
    )
    const byEnterprise = others.flatMap((enterprise) => points.filter((point) => point.enterprise === enterprise))
    const inTurns = newFold()
    const oneByOne = newFold()
    for (const point of points) inTurns.observe({ topic: 'signals', entries: [point] })
    for (const point of byEnterprise) oneByOne.observe({ topic: 'signals', entries: [point] })
    expect(oneByOne.toBytes()).toEqual(inTurns.toBytes())
  })

  test('a decision that a rebuild reads before its warning is carried out when the warning is raised', () => {
    const fold = newFold()
    expect(observe(fold, { at: 2, decide: 'confirmed' }).reasons).toEqual({ 'unknown-warning': 1 })
    const said = observe(fold, { at: 1, risk: 655 })
    expect(said.changes.map(({ reason }) => reason)).toEqual(['raised', 'confirmed'])
    expect(fold.active()[0]).toMatchObject({ state: 'confirmed' })
  })

  test('a decision about a warning of the past changes nothing of the present one', () => {
    const fold = newFold()
    for (const step of [
      { at: 1, risk: 320 },
      { at: 2, risk: 0 },
      { at: 3, risk: 320 },
    ])
      observe(fold, step)
    expect(observe(fold, { at: 4, decide: 'closed', about: FIRST }).reasons).toEqual({ 'older-than-known': 1 })
    expect(fold.active()).toHaveLength(1)
  })

  test('points older than what is kept are counted as such', () => {
    const fold = newFold()
    for (let n = 1; n <= 12; n++) observe(fold, { at: n, risk: 655 + n })
    const said = observe(fold, { at: 1, risk: 0, point: { revision: 1 } })
    expect(said.reasons).toEqual({ 'older-than-known': 1 })
    expect(fold.active()[0]).toMatchObject({ level: 'orange' })
  })

  test('the warning says what it rests on', () => {
    const said = observe(newFold(), { at: 1, risk: 655 })
    expect(said.changes[0]?.warning).toMatchObject({
      id: FIRST,
      name: '晋香酒楼',
      cause: 'food',
      industries: ['H'],
      evidence: ['penalty/1'],
      reason: { zh: '风险由 0 升至 655:食品安全处罚(+655)', en: 'Risk up from 0 to 655: Food safety penalties (+655)' },
    })
    expect(said.notices[0]?.id).toBe(`${FIRST}/1/food-bureau`)
  })
})
