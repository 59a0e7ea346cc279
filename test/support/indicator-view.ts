import { readFileSync } from 'node:fs'
import { createWorkCalendar } from '../../core/calendar.ts'
import type { IndicatorPolicy } from '../../core/indicator-policy.ts'
import type { CalendarPolicy, RealmPolicy } from '../../core/policy.ts'
import { DAY_MS } from '../../core/time.ts'
import { type Attributes, emptyEnterprise, type SensorState } from '../../processors/enterprise.ts'
import { type Entry, FOREVER } from '../../processors/entry.ts'
import type { Indicator, IndicatorContext, View } from '../../processors/indicators/indicator.ts'
import type { Reading } from '../../processors/indicators/reading.ts'
import { createSide, type Side } from '../../processors/side.ts'
import { NEW_YEAR, testRealm } from './observations.ts'

/** What every indicator's policy says beside its own fields. */
export const COMMON = {
  id: 'tested',
  name: { zh: '测试', en: 'tested' },
  family: 'conduct',
  weight: 100,
  basis: false,
  cause: 'tested',
} as const satisfies Partial<IndicatorPolicy>

/** The State Council's arrangements, as they come with the product. */
export const CN: CalendarPolicy = JSON.parse(readFileSync('policies/calendars/cn.json', 'utf8'))

/** What an indicator is compiled with: a test realm, its period of a week, its calendar. */
export function contextOf(changed: Partial<RealmPolicy> = {}): IndicatorContext {
  const realm = testRealm(changed)
  return {
    realm,
    periodMs: realm.periodDays * DAY_MS,
    calendar: createWorkCalendar(realm.calendar, realm.zoneOffsetMinutes),
  }
}

/** A tick `days` after the new year of 2026. */
export const dayTick = (days: number): number => NEW_YEAR + days * DAY_MS

/** A fact known and dated `days` after the new year of 2026. */
export function fact(days: number, given: Partial<Entry> = {}): Entry {
  const known = dayTick(days)
  const id = given.id ?? `facts/${days}/fact`
  return {
    id,
    version: 1,
    content: id,
    known,
    dated: known,
    value: null,
    hits: [],
    facts: null,
    cells: '',
    gone: false,
    until: FOREVER,
    struck: false,
    ...given,
  }
}

export interface Around {
  readonly attributes?: Partial<Attributes>
  readonly sensors?: Record<string, SensorState>
  readonly side?: Side
}

/** What the indicator says at a tick of the facts known before it, selection by selection. */
export function readAt(
  indicator: Indicator,
  tick: number,
  counted: readonly (readonly Entry[])[] = [],
  { attributes = {}, sensors = {}, side = createSide(7 * DAY_MS) }: Around = {},
): Reading {
  const view: View = {
    tick,
    enterprise: { ...emptyEnterprise('test:1', 0), sensors: new Map(Object.entries(sensors)) },
    attributes: { name: '', district: '', industry: '', place: '', owners: [], facts: {}, ...attributes },
    side,
    firstKnown: counted[0]?.[0]?.known ?? tick,
  }
  return indicator.read(
    view,
    counted.map((entries) => entries.filter(({ known }) => known < tick)),
  )
}

/** Intensities at the days given, of the same facts. */
export function intensities(
  indicator: Indicator,
  days: readonly number[],
  counted: readonly (readonly Entry[])[],
): number[] {
  return days.map((day) => readAt(indicator, dayTick(day), counted).intensity)
}
