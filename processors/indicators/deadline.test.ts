import { describe, expect, test } from 'vitest'
import { CN, COMMON, contextOf, dayTick, fact, intensities, readAt } from '../../test/support/indicator-view.ts'
import { createDeadline } from './deadline.ts'

const deadline = createDeadline(
  {
    ...COMMON,
    kind: 'deadline',
    select: { kinds: ['commitment'] },
    outcome: { kinds: ['commitment-outcome'] },
    match: 'commitment',
    fullDays: 100,
  },
  contextOf({ calendar: CN }),
)

const promise = (made: number, due: number, commitment = 'c1') =>
  fact(made, { id: commitment, facts: { commitment, deadline: String(dayTick(due)) } })
const outcome = (known: number, commitment = 'c1') => fact(known, { id: `done ${commitment}`, facts: { commitment } })

describe('a promise with a date', () => {
  test('says nothing up to its deadline, then grows by tenths and stays full', () => {
    const counted = [[promise(0, 30)]]
    expect(intensities(deadline, [1, 30, 31, 39, 40, 120, 500], counted)).toEqual([0, 0, 100, 100, 200, 1000, 1000])
  })

  test('ends the moment its outcome is known, late or not', () => {
    const counted = [[promise(0, 30)], [outcome(50)]]
    expect(intensities(deadline, [49, 50, 51], counted)).toEqual([200, 300, 0])
  })

  test('is not settled by the outcome of another', () => {
    const counted = [[promise(0, 30), promise(1, 35, 'c2')], [outcome(10, 'c2')]]
    expect(readAt(deadline, dayTick(60), counted)).toMatchObject({
      intensity: 400,
      measure: '1 (30 d)',
      evidence: ['c1'],
    })
  })

  test('of a state that comes and goes only what is known later settles it', () => {
    const policy = { ...COMMON, kind: 'deadline', select: { kinds: ['device-state'] } } as const
    const outcome = { kinds: ['device-state'], facts: { condition: ['normal'] } } as const
    const repaired = createDeadline(
      { ...policy, outcome, match: 'point', withinDays: 2, outcomeLater: true, fullDays: 10 },
      contextOf({}),
    )
    const state = (day: number, point = 'p') => fact(day, { facts: { point } })
    expect(intensities(repaired, [2, 4, 6], [[state(0)], []])).toEqual([0, 200, 400])
    expect(intensities(repaired, [6], [[state(0)], [state(1)]])).toEqual([0])
    expect(intensities(repaired, [8], [[state(0), state(2)], [state(1)]])).toEqual([400])
    expect(intensities(repaired, [8], [[state(2)], [state(2)]])).toEqual([400])
    expect(intensities(repaired, [8], [[state(2)], [state(3, 'q')]])).toEqual([400])
  })

  test('is settled with all others by what is about the whole of them, and only by what came later', () => {
    const policy = { ...COMMON, kind: 'deadline', select: { kinds: ['device-state'] } } as const
    const cleared = createDeadline(
      {
        ...policy,
        outcome: { kinds: ['device-state'], facts: { condition: ['normal'] } },
        match: 'point',
        widerOutcomes: [
          { outcome: { kinds: ['device-state'], facts: { condition: ['reset'] } }, match: 'panel' },
          { outcome: { kinds: ['device-state'], facts: { about: ['system-state'] } }, match: 'panel' },
        ],
        withinDays: 1,
        outcomeLater: true,
        fullDays: 10,
      },
      contextOf({}),
    )
    expect(cleared.selections).toHaveLength(4)
    const alarm = (day: number, point: string) => fact(day, { id: `${day}${point}`, facts: { point, panel: '1' } })
    const about = (day: number, panel: string) => fact(day, { facts: { panel } })
    const alarms = [alarm(0, 'p'), alarm(0, 'q')]
    const evidence = (...outcomes: ReturnType<typeof fact>[][]) =>
      readAt(cleared, dayTick(8), [[...alarms, alarm(3, 'p')], ...outcomes]).evidence
    expect(evidence([], [], [])).toEqual(['3p', '0q', '0p'])
    expect(evidence([], [about(1, '1')], [])).toEqual(['3p'])
    expect(evidence([], [], [about(4, '1')])).toEqual([])
    expect(evidence([], [about(4, '2')], [])).toHaveLength(3)
    const nameless = [fact(0, { facts: { point: 'p' } })]
    expect(readAt(cleared, dayTick(8), [nameless, [], [fact(1)]]).evidence).toHaveLength(1)
  })

  test('of several that are overdue the longest speaks, and all are evidence', () => {
    const counted = [[promise(0, 30), promise(1, 50, 'c2')]]
    expect(readAt(deadline, dayTick(60), counted)).toMatchObject({
      intensity: 400,
      measure: '2 (30 d)',
      evidence: ['c2', 'c1'],
    })
  })

  test('wakes the engine when a deadline passes and at each step after it', () => {
    const counted = [[promise(0, 30), promise(1, 38, 'c2')]]
    expect(readAt(deadline, dayTick(2), counted).until).toBe(dayTick(30) + 1)
    expect(readAt(deadline, dayTick(31), counted).until).toBe(dayTick(38) + 1)
    expect(readAt(deadline, dayTick(39), counted).until).toBe(dayTick(40))
  })

  test('without a readable date binds nobody', () => {
    const undated = fact(0, { facts: { commitment: 'c1', deadline: '' } })
    expect(readAt(deadline, dayTick(900), [[undated]])).toMatchObject({ intensity: 0, until: Number.POSITIVE_INFINITY })
  })
})

describe('a time that law sets in working days', () => {
  const publicity = createDeadline(
    {
      ...COMMON,
      kind: 'deadline',
      select: { kinds: ['inspection-result'] },
      outcome: { kinds: ['administrative-act'] },
      match: 'check',
      fullDays: 10,
      workingDays: true,
      withinDays: 20,
    },
    contextOf({ calendar: CN }),
  )
  // Decided on Tuesday 2026-02-10 at nine: the twentieth working day after it is 2026-03-16, over the Spring Festival.
  const visit = fact(40.375, { id: 'visit', facts: { check: 'c1' } })

  test('is over with the last working day, not before', () => {
    const due = dayTick(75)
    expect(readAt(publicity, dayTick(50), [[visit], []]).until).toBe(due + 1)
    expect(readAt(publicity, due, [[visit], []]).intensity).toBe(0)
    expect(readAt(publicity, due + 1, [[visit], []]).intensity).toBe(100)
  })

  test('a weekend makes nothing later', () => {
    // 2026-03-21 and 22 are a weekend.
    expect(intensities(publicity, [79, 80, 81, 82], [[visit], []])).toEqual([500, 500, 500, 600])
  })

  test('ends with the publication of that very check', () => {
    const published = fact(60, { facts: { check: 'c1' } })
    expect(readAt(publicity, dayTick(85), [[visit], [published]]).intensity).toBe(0)
    expect(readAt(publicity, dayTick(85), [[visit], [fact(60, { facts: { check: 'c2' } })]]).intensity).toBe(900)
  })
})
