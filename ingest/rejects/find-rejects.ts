import type { History } from '../../core/history.ts'
import { type Reject, type RejectState, UNBOUND_REASONS } from '../../core/reject.ts'
import { MINUTE_MS } from '../../core/time.ts'

/** A reject as a steward finds it; `state` is empty while it is open. */
export interface FoundReject extends Reject {
  readonly state: '' | RejectState['state']
  /** By whom it ended and when, UTC ms; empty and 0 while it is open. */
  readonly by: string
  readonly ended: number
}

export type ListedReject = Omit<FoundReject, 'sealed' | 'columns' | 'around'>

/** Which rejects; a field that is absent matches all. */
export interface RejectFilter {
  readonly feed?: string
  readonly reason?: string
  readonly state?: 'open' | RejectState['state']
  /** Received from here on, UTC ms. */
  readonly since?: number
  readonly subject?: string
  /** Of parked rows, known from `from` until before `to`, UTC ms; 0 is without an end. */
  readonly known?: { readonly from: number; readonly to: number }
  /** Newest first, after this one. */
  readonly after?: { readonly received: number; readonly id: string }
}

export interface RejectGroup {
  readonly feed: string
  readonly reason: string
  /** The hint with what differs from row to row left out. */
  readonly shape: string
  /** Civil day of the realm on which they were received. */
  readonly day: string
  readonly open: number
  readonly ended: number
  /** One of them, to look at. */
  readonly example: string
}

export const MOST_LISTED = 1_000

/** Reads what was rejected out of the history; bytes whose end date has passed are not there, whatever is still on the disk. */
export interface RejectFinder {
  list(filter: RejectFilter, limit: number, now: number): Promise<readonly ListedReject[]>
  /** The same with their sealed bytes. */
  take(filter: RejectFilter, limit: number, now: number): Promise<readonly FoundReject[]>
  groups(filter: RejectFilter, now: number): Promise<readonly RejectGroup[]>
  one(id: string, now: number): Promise<FoundReject | undefined>
  /** Devices that rows are parked for. */
  parkedSubjects(now: number): Promise<readonly string[]>
}

const LISTED = `r.realm AS realm, r.feed AS feed, r.id AS id, r.source AS source, r.line AS line, r.reason AS reason,
  r.hint AS hint, r.format AS format, r.encoding AS encoding, r.authority AS authority, r.record AS record,
  r.subject AS subject, r.known AS known, r.until AS until, r.received AS received,
  s.state AS state, s.by AS by, s.at AS ended`
const WHOLE = `${LISTED}, r.sealed AS sealed, r.columns AS columns, r.around AS around`
const FROM = `FROM (SELECT * FROM rejects FINAL WHERE realm = {realm:String} AND until > {now:Int64}) AS r
  LEFT JOIN (SELECT * FROM reject_states FINAL WHERE realm = {realm:String}) AS s ON s.id = r.id`
/** Quoted texts and numbers differ from row to row. */
const SHAPE = `replaceRegexpAll(replaceRegexpAll(r.hint, '"[^"]*"', '"…"'), '[0-9]+', '#')`
const MOST_GROUPS = 2_000
const MOST_PARKED = 10_000

export function createRejectFinder(history: History, realm: string, zoneOffsetMinutes: number): RejectFinder {
  async function select<Row>(
    columns: string,
    filter: RejectFilter,
    limit: number,
    now: number,
  ): Promise<readonly Row[]> {
    const { sql, params } = conditions(filter)
    return history.query<Row>(
      `SELECT ${columns} ${FROM} WHERE ${sql} ORDER BY received DESC, id LIMIT {limit:UInt32}`,
      { realm, now, limit: Math.min(limit, MOST_LISTED), ...params },
    )
  }

  return {
    list: (filter, limit, now) => select<ListedReject>(LISTED, filter, limit, now),
    take: (filter, limit, now) => select<FoundReject>(WHOLE, filter, limit, now),

    async groups(filter, now) {
      const { sql, params } = conditions(filter)
      return history.query<RejectGroup>(
        `SELECT r.feed AS feed, r.reason AS reason, ${SHAPE} AS shape,
                toString(toDate(toDateTime(intDiv(r.received + {offset:Int64}, 1000), 'UTC'))) AS day,
                countIf(s.state = '') AS open, countIf(s.state != '') AS ended, any(r.id) AS example
           ${FROM} WHERE ${sql} GROUP BY feed, reason, shape, day
          ORDER BY day DESC, open DESC, feed, reason, shape LIMIT ${MOST_GROUPS}`,
        { realm, now, offset: zoneOffsetMinutes * MINUTE_MS, ...params },
      )
    },

    async one(id, now) {
      const [found] = await history.query<FoundReject>(`SELECT ${WHOLE} ${FROM} WHERE r.id = {id:String} LIMIT 1`, {
        realm,
        now,
        id,
      })
      return found
    },

    async parkedSubjects(now) {
      const rows = await history.query<{ subject: string }>(
        `SELECT DISTINCT subject FROM rejects
          WHERE realm = {realm:String} AND reason IN {reasons:Array(String)} AND until > {now:Int64}
            AND id NOT IN (SELECT id FROM reject_states WHERE realm = {realm:String})
          ORDER BY subject LIMIT ${MOST_PARKED}`,
        { realm, now, reasons: [...UNBOUND_REASONS] },
      )
      return rows.map(({ subject }) => subject)
    },
  }
}

function conditions(filter: RejectFilter): { readonly sql: string; readonly params: Record<string, unknown> } {
  const { feed, reason, state, since, subject, known, after } = filter
  const parts = ['1']
  const params: Record<string, unknown> = {}
  const add = (sql: string, values: Record<string, unknown>) => {
    parts.push(sql)
    Object.assign(params, values)
  }
  if (feed !== undefined) add('r.feed = {feed:String}', { feed })
  if (reason !== undefined) add('r.reason = {reason:String}', { reason })
  if (state !== undefined) add('s.state = {state:String}', { state: state === 'open' ? '' : state })
  if (since !== undefined) add('r.received >= {since:Int64}', { since })
  if (subject !== undefined) add('r.subject = {subject:String}', { subject })
  if (known !== undefined) {
    add('r.known >= {knownFrom:Int64} AND ({knownTo:Int64} = 0 OR r.known < {knownTo:Int64})', {
      knownFrom: known.from,
      knownTo: known.to,
    })
  }
  if (after !== undefined) {
    add('(r.received < {afterReceived:Int64} OR (r.received = {afterReceived:Int64} AND r.id > {afterId:String}))', {
      afterReceived: after.received,
      afterId: after.id,
    })
  }
  return { sql: parts.join(' AND '), params }
}
