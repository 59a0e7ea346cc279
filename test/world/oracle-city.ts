import type { LogBatch } from '../../core/event-log.ts'
import { readObservations } from '../../core/observation-line.ts'
import { DAY_MS } from '../../core/time.ts'
import { day } from '../support/observations.ts'
import { type Fact, standingAt, withoutRevoked } from './oracle-facts.ts'

const WEEK_MS = 7 * DAY_MS
/** Weeks begin where the first word of time said so: with day 0. */
export const weekEndOf = (instant: number) => day(0) + (Math.floor((instant - day(0)) / WEEK_MS) + 1) * WEEK_MS
export const nextDay = (instant: number) => day(0) + (Math.floor((instant - day(0)) / DAY_MS) + 1) * DAY_MS
/** What was counted in a week is in force a week after its end, the first two weeks after the beginning at the soonest. */
export const inForceFrom = (weekEnd: number) => Math.max(weekEnd + WEEK_MS, day(0) + 2 * WEEK_MS)

/** By `id version`: the first day that knows of it, which for what is late is the one that had not been promised. */
export type Heard = ReadonlyMap<string, number>

/** As the log has it: when something is too late is settled by what stood before it in its stream. */
export function heardIn(appended: readonly LogBatch[]): Heard {
  const heard = new Map<string, number>()
  const shards = new Map<number, { readonly feeds: Map<string, number>; promised: number }>()
  for (const { topic, shard, bytes, progress } of appended) {
    if (topic !== 'observations') continue
    const state = shards.get(shard) ?? { feeds: new Map<string, number>(), promised: 0 }
    shards.set(shard, state)
    for (const { id, version, known } of readObservations(bytes)) {
      const name = `${id} ${version}`
      const first = nextDay(known) <= state.promised ? state.promised + DAY_MS : nextDay(known)
      heard.set(name, Math.min(heard.get(name) ?? first, first))
    }
    for (const { feed, until } of progress) if (until > 0) state.feeds.set(feed, until)
    if (state.feeds.size > 0)
      state.promised = Math.max(state.promised, nextDay(Math.min(...state.feeds.values())) - DAY_MS)
  }
  return heard
}

/** `cell/key` → count. */
export type Counts = ReadonlyMap<string, number>

/** What each week had counted, by its end, of all that had been heard of by an instant: as if nothing else had ever been filed. */
export function countCity(facts: readonly Fact[], heard: Heard, by: number): ReadonlyMap<number, Counts> {
  const known = withoutRevoked(
    facts.filter(({ id, version }) => (heard.get(`${id} ${version}`) ?? Number.POSITIVE_INFINITY) <= by),
    by,
  )
  const weeks = new Map<number, Map<string, number>>()
  const count = (instant: number, cell: string, key: readonly unknown[]) => {
    const parts = key.map((part) => String(part ?? ''))
    if (parts.includes('')) return
    const week = weeks.get(weekEndOf(instant)) ?? new Map<string, number>()
    weeks.set(weekEndOf(instant), week)
    const name = `${cell}/${parts.join('|')}`
    week.set(name, (week.get(name) ?? 0) + 1)
  }
  for (const { feed, part, subject, known: instant, row } of firstOf(known)) {
    if (feed === 'places') count(instant, 'by-place', [subject])
    if (feed === 'registry') count(instant, 'population', [row.industry])
    if (feed !== 'complaints' || part !== 'made') continue
    const own = known.filter((fact) => fact.subject === subject)
    const registered = standingAt(own, nextDay(instant)).find((fact) => fact.feed === 'registry')?.row
    count(instant, 'by-place', [registered?.place])
    count(instant, 'causes', [registered?.district, registered?.industry, 'conduct'])
    count(instant, 'peers:complaints', [registered?.industry])
  }
  return weeks
}

/** Of each id what was known first: a fact is counted once. */
function firstOf(facts: readonly Fact[]): readonly Fact[] {
  const first = new Map<string, Fact>()
  for (const fact of facts) {
    const held = first.get(fact.id)
    if (!fact.gone && (held === undefined || fact.known < held.known)) first.set(fact.id, fact)
  }
  return [...first.values()]
}
