import type { History } from '../core/history.ts'
import { DAY_MS, MINUTE_MS, toLocalIso } from '../core/time.ts'
import type { RejectPlace, RejectsOfAKind, RejectsPage, StewardFrame } from './steward-model.ts'

const DAYS = 30
const MOST_KINDS = 200
const MOST_NEWEST = 60

/** Quoted texts and figures differ from row to row, and are the row's own: they stay where they are sealed. */
const QUOTED = `replaceRegexpAll(r.hint, '"[^"]*"', '"…"')`
/** A wrong check digit names the right one: another in each row. */
const SHAPE = `replaceRegexpAll(replaceRegexpAll(${QUOTED}, '(should be |位应为 )[0-9A-Z]', '\\\\1…'), '[0-9]+', '#')`
/** A name of a file may hold a person's number or phone. */
const SOURCE = `replaceRegexpAll(r.source, '[0-9]{15,}[0-9Xx]?|1[3-9][0-9]{9}', '…')`
const FROM = `FROM (SELECT realm, feed, id, source, line, reason, hint, authority, received, until FROM rejects FINAL
    WHERE realm = {realm:String} AND until > {now:Int64}) AS r
  LEFT JOIN (SELECT id, state FROM reject_states FINAL WHERE realm = {realm:String}) AS s ON s.id = r.id`
const DAY = `toString(toDate(toDateTime(intDiv(r.received + {offset:Int64}, 1000), 'UTC')))`

/** What was rejected, grouped so that a steward sees what to mend first. Reads no sealed bytes. */
export async function readRejectsPage(history: History, frame: StewardFrame): Promise<RejectsPage> {
  const { realm, zoneOffsetMinutes, at: now } = frame
  const params = { realm, now, offset: zoneOffsetMinutes * MINUTE_MS }
  const ask = <Row>(sql: string) => history.query<Row>(sql, params)
  const [totals, days, groups, newest] = await Promise.all([
    ask<{ open: number; ended: number; feeds: number; soonest: number }>(
      `SELECT countIf(s.state = '') AS open, countIf(s.state != '') AS ended, uniqExactIf(r.feed, s.state = '') AS feeds,
              minIf(r.until, s.state = '') AS soonest ${FROM}`,
    ),
    ask<{ day: string; open: number; ended: number }>(
      `SELECT ${DAY} AS day, countIf(s.state = '') AS open, countIf(s.state != '') AS ended ${FROM}
        WHERE r.received >= {now:Int64} - ${DAYS * DAY_MS} GROUP BY day`,
    ),
    ask<RejectsOfAKind>(
      `SELECT r.feed AS feed, r.reason AS reason, ${SHAPE} AS shape, countIf(s.state = '') AS open,
              countIf(s.state != '') AS ended, min(r.received) AS first, max(r.received) AS last
         ${FROM} GROUP BY feed, reason, shape ORDER BY open DESC, last DESC, feed, reason, shape LIMIT ${MOST_KINDS}`,
    ),
    ask<RejectPlace>(
      `SELECT r.id AS id, r.feed AS feed, r.reason AS reason, ${SOURCE} AS source, r.line AS line,
              r.authority AS authority, r.received AS received
         ${FROM} WHERE s.state = '' ORDER BY received DESC, id LIMIT ${MOST_NEWEST}`,
    ),
  ])
  const found = new Map(days.map(({ day, open, ended }) => [day, [open, ended] as const]))
  const all = Array.from({ length: DAYS }, (_, i) => {
    const day = toLocalIso(now - (DAYS - 1 - i) * DAY_MS, zoneOffsetMinutes).slice(0, 10)
    const [open, ended] = found.get(day) ?? [0, 0]
    return [day, open, ended] as const
  })
  const [, openToday, endedToday] = all[DAYS - 1] ?? ['', 0, 0]
  const { open = 0, ended = 0, feeds = 0, soonest = 0 } = totals[0] ?? {}
  return { ...frame, totals: { open, ended, feeds, soonest, today: openToday + endedToday }, days: all, groups, newest }
}
