import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { observation } from '../test/support/observations.ts'
import { createWorkCalendar, dayNumber } from './calendar.ts'
import type { PublicationClock } from './policy.ts'
import { createPublicity, workingDayTable } from './publication.ts'

const CN = JSON.parse(readFileSync('policies/calendars/cn.json', 'utf8'))
const at = (local: string) => Date.parse(`${local}+08:00`)
const clock = (given: Partial<PublicationClock>): PublicationClock => ({
  id: 'seven',
  name: { zh: '七个工作日', en: 'seven working days' },
  select: { kinds: ['penalty'] },
  workingDays: 7,
  source: 'test',
  effective: '2019-09-30',
  ...given,
})
const publicityOf = createPublicity({
  zoneOffsetMinutes: 480,
  calendar: CN,
  publication: [clock({}), clock({ id: 'twenty', select: { kinds: ['inspection-result'] }, workingDays: 20 })],
})
const act = (decided: string, published: string, known = published, kind: 'penalty' | 'complaint' = 'penalty') =>
  publicityOf(
    observation({
      record: 'a',
      kind,
      decided: at(decided),
      published: published === '' ? 0 : at(published),
      known: at(known),
    }),
  )

describe('how long an act took to become public', () => {
  test.each([
    ['2025-09-26T00:00:00', '2025-10-13T23:59:59', 7, true],
    ['2025-09-26T00:00:00', '2025-10-14T00:00:00', 8, false],
    ['2026-02-13T17:00:00', '2026-02-13T18:00:00', 0, true],
    ['2026-02-13T17:00:00', '2026-02-23T09:00:00', 1, true],
    ['2026-03-10T00:00:00', '2026-03-01T00:00:00', 0, true],
  ])('decided %s, public %s: %i working days, in time: %s', (decided, published, workingDays, onTime) => {
    expect(act(decided, published)).toMatchObject({ workingDays, onTime, provisional: false })
  })

  test('what does not say when it was published was public when it became known', () => {
    expect(act('2026-03-02T00:00:00', '', '2026-03-20T00:00:00')).toMatchObject({ workingDays: 14, onTime: false })
  })

  test('beyond the calendar it is provisional', () => {
    expect(act('2026-12-30T00:00:00', '2027-01-05T00:00:00')).toMatchObject({ provisional: true })
  })

  test('acts that no rule is for, that were decided before it, or name no date are not measured', () => {
    expect(act('2026-03-02T00:00:00', '2026-03-20T00:00:00', undefined, 'complaint')).toBeUndefined()
    expect(act('2019-09-29T00:00:00', '2019-12-20T00:00:00')).toBeUndefined()
    expect(publicityOf(observation({ record: 'a', decided: 0 }))).toBeUndefined()
  })
})

test('the table for queries counts as the calendar does', () => {
  const calendar = createWorkCalendar(CN, 480)
  const first = dayNumber('2026-02-01')
  const table = workingDayTable(calendar, first, first + 40)
  expect(table).toHaveLength(41)
  for (const [from, to] of [
    [0, 40],
    [12, 13],
    [13, 22],
    [5, 5],
  ] as const) {
    expect((table[to] ?? 0) - (table[from] ?? 0)).toBe(calendar.between(first + from, first + to))
  }
})
