import type { Decision } from '../../core/decision.ts'
import { shortHash } from '../../core/hash.ts'
import type { History } from '../../core/history.ts'
import type { Observation } from '../../core/observation.ts'
import { DAY_MS } from '../../core/time.ts'
import { createCaseJournal } from '../objections/case-journal.ts'
import { REPAIRS_FEED, retractionsOf } from '../objections/retraction.ts'
import type { RepairPorts } from './repairs.ts'
import { monthsAfter, periodOf, severityOf, shortestDisplay } from './rule-set.ts'

export type DisplayEnded = Extract<Decision, { readonly type: 'display-ended' }>

/** Records that nobody asked to have repaired: their display ends by itself. */
export interface Displays {
  /**
   * Says of every published record whose longest display period is over, and that is no repair's, that its display has
   * ended, and takes it out of use where the rules say so; the same again says nothing. At most so many at once.
   * Errors: `Retryable` when log or history cannot be reached.
   */
  endDue(most: number): Promise<readonly DisplayEnded[]>
  /** The latest ends first. */
  list(most: number): Promise<readonly DisplayEnded[]>
}

interface Displayed {
  readonly id: string
  readonly subjects: readonly [string, ...string[]]
  readonly authority: string
  readonly cause: string
  readonly decided: number
  readonly severity: string
}

interface Ended {
  readonly ended: DisplayEnded
  /** Under whom the record stands. */
  readonly subjects: readonly string[]
}

const PAGE = 500
/** Months end on different days: what is looked up is wider than what is due. */
const SLACK_MS = 4 * DAY_MS

export function createDisplays({ realm, log, history, rules, zoneOffsetMinutes, now, wall }: RepairPorts): Displays {
  const journal = createCaseJournal<DisplayEnded>(log, history, 'display-ended')

  function endOf({ id, subjects, authority, cause, decided, severity }: Displayed, at: number): Ended | undefined {
    const record = { dated: decided, severity: severityOf(severity), causes: [cause] }
    const { set, shown, latest } = periodOf(rules, record, at, zoneOffsetMinutes)
    if (!shown || at < latest) return undefined
    const ended: DisplayEnded = {
      ...{ type: 'display-ended', realm, id: `display/${id}`, target: id, enterprise: subjects[0], authority },
      ...{ rules: set.id, provisional: set.provisional, used: set.useAfterMaximum, dated: decided, at: latest },
    }
    return { ended, subjects }
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
      const before = monthsAfter(at, -shortestDisplay(rules), zoneOffsetMinutes) + SLACK_MS
      const ended: DisplayEnded[] = []
      for (let after = ''; ended.length < most; ) {
        const page = await displayedBefore(history, { realm, before, after })
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
          ORDER BY at DESC, id LIMIT {most:UInt32}`,
        { realm, most },
      )
      return rows.map(({ body }): DisplayEnded => JSON.parse(body))
    },
  }
}

/** Penalties in force with a document of before, without an end of display, a repair, or whatever else takes them back. */
function displayedBefore(
  history: History,
  asked: { readonly realm: string; readonly before: number; readonly after: string },
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
          WHERE realm = {realm:String} AND type = 'repair-step')
     SELECT id, arraySort(groupArray(o.subject)) AS subjects, any(o.authority) AS authority, any(o.cause) AS cause,
            any(o.decided) AS decided, any(o.facts['severity']) AS severity FROM (
       SELECT * FROM observations
        WHERE realm = {realm:String} AND kind = 'penalty' AND id > {after:String}
        ORDER BY id, version DESC, content DESC, gone LIMIT 1 BY id, subject) AS o
      WHERE gone = 0 AND o.decided > 0 AND o.decided < {before:Int64}
        AND id NOT IN struck AND concat(feed, '/', record, '/') NOT IN struck
        AND id NOT IN repaired AND concat(feed, '/', record, '/') NOT IN repaired
        AND concat('display/', id) NOT IN (SELECT id FROM decisions WHERE realm = {realm:String} AND type = 'display-ended')
      GROUP BY id ORDER BY id LIMIT ${PAGE}`,
    asked,
  )
}
