import type { Decision } from '../../core/decision.ts'
import { shortHash } from '../../core/hash.ts'
import type { History } from '../../core/history.ts'
import type { Observation } from '../../core/observation.ts'
import type { Selectable } from '../../core/selection.ts'
import { DAY_MS } from '../../core/time.ts'
import { createCaseJournal } from '../objections/case-journal.ts'
import { REPAIRS_FEED, retractionsOf } from '../objections/retraction.ts'
import { compileDisplayTerms, type DisplayReach, displayReach } from './display-terms.ts'
import type { RepairPorts } from './repairs.ts'
import { monthsAfter, severityOf } from './rule-set.ts'

export type DisplayEnded = Extract<Decision, { readonly type: 'display-ended' }>

/** Records that nobody asked to have repaired: their display ends by itself. */
export interface Displays {
  /**
   * Says of every published record whose display is over by its rules or by what it says itself, and that is no repair's,
   * that its display has ended, and takes it out of use where the rules say so; the same again says nothing, until its
   * source says something else of it. At most so many at once.
   * Errors: `Retryable` when log or history cannot be reached.
   */
  endDue(most: number): Promise<readonly DisplayEnded[]>
  /** The latest ends first. */
  list(most: number): Promise<readonly DisplayEnded[]>
}

interface Displayed extends Selectable {
  readonly id: string
  readonly content: string
  readonly subjects: readonly [string, ...string[]]
  readonly authority: string
  /** When it was decided; of a list that names no such day, when it was known. */
  readonly dated: number
  /** When the display of a version before it had ended; 0 where none had. */
  readonly endedBefore: number
}

interface Ended {
  readonly ended: DisplayEnded
  /** Under whom the record stands. */
  readonly subjects: readonly string[]
}

const PAGE = 5_000
/** Months end on different days: what is looked up is wider than what is due. */
const SLACK_MS = 4 * DAY_MS

export function createDisplays({ realm, log, history, rules, zoneOffsetMinutes, now, wall }: RepairPorts): Displays {
  const journal = createCaseJournal<DisplayEnded>(log, history, 'display-ended')

  const termsOf = compileDisplayTerms(rules, zoneOffsetMinutes)
  const reach = displayReach(rules)

  function endOf(record: Displayed, at: number): Ended | undefined {
    const { id, content, subjects, authority, dated, facts, cause, endedBefore } = record
    const judged = { shown: record, dated, severity: severityOf(facts.severity ?? ''), causes: [cause] }
    const terms = termsOf(judged, at)
    if (!terms.shown || at < terms.latest || terms.latest <= endedBefore) return undefined
    const place = { realm, id: `display/${id}/${content}`, target: id, content, enterprise: subjects[0], authority }
    const { rules, provisional, used, latest } = terms
    return { ended: { type: 'display-ended', ...place, rules, provisional, used, dated, at: latest }, subjects }
  }

  /** Known when the sweep came by: what was said before was said by the rules. */
  function usedNoMore({ ended: { target, authority }, subjects }: Ended, known: number): Observation[] {
    const by = shortHash(`${realm} ${target} display`)
    const record = { realm, feed: REPAIRS_FEED, kind: 'repair', by, target, authority } as const
    return retractionsOf({ ...record, known, received: wall.now() }, subjects, 'final')
  }

  return {
    async endDue(most) {
      const at = now()
      const before = monthsAfter(at, -reach.months, zoneOffsetMinutes) + SLACK_MS
      const ended: DisplayEnded[] = []
      for (let after = ''; ended.length < most; ) {
        const page = await displayedBefore(history, { realm, ...reach, at, before, after })
        const due = page.map((record) => endOf(record, at)).filter((one) => one !== undefined)
        const taken = due.slice(0, most - ended.length)
        if (taken.length > 0) {
          const steps = taken.map((one) => one.ended)
          const observations = taken.filter((one) => !one.ended.used).flatMap((one) => usedNoMore(one, at))
          await journal.appendAll(realm, steps, observations)
          ended.push(...steps)
        }
        const last = page.at(-1)
        if (last === undefined || page.length < PAGE) break
        after = last.id
      }
      return ended
    },

    async list(most) {
      const rows = await history.query<{ readonly body: string }>(
        `SELECT body FROM decisions FINAL WHERE realm = {realm:String} AND type = 'display-ended'
          ORDER BY at DESC, id LIMIT 1 BY JSONExtractString(body, 'target') LIMIT {most:UInt32}`,
        { realm, most },
      )
      return rows.map(({ body }): DisplayEnded => JSON.parse(body))
    },
  }
}

/** Asked of any version before the newest is looked for: nearly all that a city has is within its time, or over already. */
const withinReach = (row: string) => `(${row}.kind IN {kinds:Array(String)}
    AND if(${row}.decided > 0, ${row}.decided, ${row}.known) < {before:Int64}
  OR ${row}.kind IN {statingKinds:Array(String)}
    AND arrayExists(fact -> toInt64OrZero(${row}.facts[fact]) BETWEEN 1 AND {at:Int64}, {facts:Array(String)}))`

/**
 * Records in force that may have come to their end by the reach of the rules, without a repair or whatever else takes
 * them back, and without an end of what they say now.
 */
function displayedBefore(
  history: History,
  asked: DisplayReach & {
    readonly realm: string
    readonly at: number
    readonly before: number
    readonly after: string
  },
): Promise<readonly Displayed[]> {
  return history.query<Displayed>(
    `WITH
       struck AS (
         SELECT target FROM (
           SELECT id, gone, if(facts['retracts'] = '', concat(feed, '/', record, '/'), facts['retracts']) AS target
             FROM observations WHERE realm = {realm:String} AND kind IN ('withdrawal', 'correction', 'repair')
            ORDER BY id, version DESC, content DESC, gone LIMIT 1 BY id)
          WHERE gone = 0),
       repaired AS (
         SELECT JSONExtractString(body, 'target') AS target FROM decisions
          WHERE realm = {realm:String} AND type = 'repair-step'),
       over AS (
         SELECT JSONExtractString(body, 'target') AS target, JSONExtractString(body, 'content') AS content,
                toInt64(at) AS ended FROM decisions WHERE realm = {realm:String} AND type = 'display-ended'),
       reached AS (
         SELECT id FROM observations AS version_of
          WHERE realm = {realm:String} AND ${withinReach('version_of')} AND (id, content) NOT IN (SELECT target, content FROM over))
     SELECT o.id AS id, any(o.content) AS content, arraySort(groupArray(o.subject)) AS subjects,
            any(o.authority) AS authority, any(o.cause) AS cause, any(o.kind) AS kind, any(o.feed) AS feed,
            any(o.trust) AS trust, any(o.facts) AS facts, any(if(o.decided > 0, o.decided, o.known)) AS dated,
            any(before.ended) AS endedBefore FROM (
       SELECT id, subject, version, content, gone, authority, cause, kind, feed, record, trust, facts, decided, known
         FROM observations
        WHERE realm = {realm:String} AND kind IN arrayConcat({kinds:Array(String)}, {statingKinds:Array(String)})
          AND id > {after:String} AND id IN reached
        ORDER BY id, version DESC, content DESC, gone LIMIT 1 BY id, subject) AS o
       LEFT JOIN (SELECT target, max(ended) AS ended FROM over GROUP BY target) AS before ON before.target = o.id
      WHERE gone = 0 AND (o.decided > 0 OR o.kind != 'penalty') AND ${withinReach('o')}
        AND o.id NOT IN struck AND concat(o.feed, '/', o.record, '/') NOT IN struck
        AND o.id NOT IN repaired AND concat(o.feed, '/', o.record, '/') NOT IN repaired
        AND (o.id, o.content) NOT IN (SELECT target, content FROM over)
        AND o.id NOT IN (SELECT target FROM over WHERE content = '')
      GROUP BY id ORDER BY id LIMIT ${PAGE}`,
    { ...asked },
  )
}
