import { createWorkCalendar, dayNumber } from '../../core/calendar.ts'
import type { History } from '../../core/history.ts'
import type { PublicationClock, RealmPolicy } from '../../core/policy.ts'
import { workingDayTable } from '../../core/publication.ts'
import { DAY_MS, MINUTE_MS } from '../../core/time.ts'

/** How fast one authority makes one kind of act public, by one feed, against one rule. */
export interface Lateness {
  readonly clock: string
  readonly feed: string
  readonly authority: string
  readonly kind: string
  /** Which of the other administrative acts; empty for kinds of their own. */
  readonly act: string
  readonly acts: number
  readonly onTime: number
  /** Share on time, 0–1000. */
  readonly onTimePerMille: number
  /** The rule's own limit and what was needed, in working days. */
  readonly limit: number
  readonly median: number
  readonly p90: number
  readonly worst: number
  /** Acts that reach beyond the years of the calendar: a later arrangement of holidays may move them. */
  readonly provisional: number
}

/** Longest stretch over which working days are counted; acts decided before it are left out, and there are none. */
const MOST_DAYS = 60 * 366

/**
 * Every act that a rule of the policy gives a time, by its first version: when it was decided and when it became public
 * (when it says so, else when it became known). Slowest first. An act is measured by the first rule that is for it.
 * Only acts decided from `since` on, UTC ms.
 */
export async function lateness(history: History, realm: RealmPolicy, since: number): Promise<readonly Lateness[]> {
  const clocks = realm.publication ?? []
  const span = await spanOf(history, realm, since)
  if (clocks.length === 0 || span === undefined) return []
  const calendar = createWorkCalendar(realm.calendar, realm.zoneOffsetMinutes)
  const years = realm.calendar?.years ?? []
  const [firstYear, lastYear] = [years[0]?.year, years.at(-1)?.year]
  const params = {
    realm: realm.realm,
    since,
    offset: realm.zoneOffsetMinutes * MINUTE_MS,
    day: DAY_MS,
    first: span.first,
    last: span.last,
    table: workingDayTable(calendar, span.first, span.last),
    covered: firstYear === undefined ? 0 : dayNumber(`${firstYear}-01-01`),
    uncovered: lastYear === undefined ? 0 : dayNumber(`${lastYear + 1}-01-01`),
  }
  const found: Lateness[] = []
  for (const [index, clock] of clocks.entries()) {
    const selected = conditionOf(clock, index, realm.zoneOffsetMinutes)
    const earlier = clocks.slice(0, index).map((one, at) => conditionOf(one, at, realm.zoneOffsetMinutes))
    const sql = query([selected.sql, ...earlier.map(({ sql }) => `NOT (${sql})`)].join(' AND '))
    const asked = Object.assign({}, params, selected.params, ...earlier.map((one) => one.params), {
      limit: clock.workingDays,
    })
    const rows = await history.query<Omit<Lateness, 'clock' | 'limit' | 'onTimePerMille'>>(sql, asked)
    for (const row of rows) {
      const onTimePerMille = Math.floor((1000 * row.onTime) / row.acts)
      found.push({ clock: clock.id, ...row, limit: clock.workingDays, onTimePerMille })
    }
  }
  return found.sort(
    (left, right) =>
      left.onTimePerMille - right.onTimePerMille || right.acts - left.acts || (nameOf(left) < nameOf(right) ? -1 : 1),
  )
}

const nameOf = ({ clock, feed, authority, act }: Lateness): string => [clock, feed, authority, act].join('/')

/** Days of the realm's zone between the first decision and the last publication. */
async function spanOf(
  history: History,
  { realm, zoneOffsetMinutes }: RealmPolicy,
  since: number,
): Promise<{ first: number; last: number } | undefined> {
  const [row] = await history.query<{ acts: number; first: number; last: number }>(
    `SELECT count() AS acts, min(decided) AS first, greatest(max(known), max(published), max(decided)) AS last
       FROM observations WHERE realm = {realm:String} AND decided > 0 AND decided >= {since:Int64} AND gone = 0`,
    { realm, since },
  )
  if (row === undefined || row.acts === 0) return undefined
  const dayOf = (instant: number) => Math.floor((instant + zoneOffsetMinutes * MINUTE_MS) / DAY_MS)
  const last = dayOf(row.last)
  return { first: Math.max(dayOf(row.first), last - MOST_DAYS), last }
}

/** A selection as a condition; parameters carry the clock's number, so that several stand in one query. */
function conditionOf(
  { select, effective }: PublicationClock,
  index: number,
  zoneOffsetMinutes: number,
): { readonly sql: string; readonly params: Readonly<Record<string, unknown>> } {
  const params: Record<string, unknown> = {
    [`effective${index}`]: dayNumber(effective) * DAY_MS - zoneOffsetMinutes * MINUTE_MS,
  }
  const parts = [`decided >= {effective${index}:Int64}`]
  const among = (column: string, name: string, values: readonly string[] | undefined) => {
    if (values === undefined) return
    params[`${name}${index}`] = values
    parts.push(`${column} IN {${name}${index}:Array(String)}`)
  }
  among('kind', 'kinds', select.kinds)
  among('feed', 'feeds', select.feeds)
  among('cause', 'causes', select.causes)
  among('trust', 'trusts', select.trusts)
  for (const [number, [fact, values]] of Object.entries(select.facts ?? {}).entries()) {
    params[`fact${number}x${index}`] = fact
    among(`facts[{fact${number}x${index}:String}]`, `values${number}x`, values)
  }
  return { sql: parts.join(' AND '), params }
}

function query(condition: string): string {
  return `
    SELECT feed, authority, kind, act, count() AS acts, countIf(lag <= {limit:Int64}) AS onTime,
           quantileExact(0.5)(lag) AS median, quantileExact(0.9)(lag) AS p90, max(lag) AS worst,
           countIf(decidedDay < {covered:Int64} OR shownDay >= {uncovered:Int64}) AS provisional
      FROM (
        SELECT feed, authority, kind, act, decidedDay, shownDay,
               greatest(0, {table:Array(Int64)}[shownDay - {first:Int64} + 1] - {table:Array(Int64)}[decidedDay - {first:Int64} + 1]) AS lag
          FROM (
            SELECT tupleElement(told, 1) AS feed, tupleElement(told, 2) AS authority, tupleElement(told, 3) AS kind,
                   tupleElement(told, 4) AS act,
                   intDiv(tupleElement(told, 5) + {offset:Int64}, {day:Int64}) AS decidedDay,
                   intDiv(tupleElement(told, 6) + {offset:Int64}, {day:Int64}) AS shownDay
              FROM (
                SELECT argMin((feed, authority, kind, facts['act'], decided, if(published > 0, published, known)), (version, content)) AS told
                  FROM observations
                 WHERE realm = {realm:String} AND gone = 0 AND decided > 0 AND decided >= {since:Int64} AND ${condition}
                 GROUP BY id
              )
             WHERE decidedDay >= {first:Int64}
          )
      )
     GROUP BY feed, authority, kind, act`
}
