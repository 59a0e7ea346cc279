import type { Decision } from '../../core/decision.ts'
import { shortHash } from '../../core/hash.ts'
import type { History } from '../../core/history.ts'
import type { Observation } from '../../core/observation.ts'
import { matcher, type Selectable } from '../../core/selection.ts'
import { DAY_MS } from '../../core/time.ts'
import { createCaseJournal } from '../objections/case-journal.ts'
import { REPAIRS_FEED, retractionsOf } from '../objections/retraction.ts'
import type { RepairPorts } from './repairs.ts'
import { monthsAfter, type OtherDisplay, periodOf, ruleSetFor, severityOf, shortestDisplay } from './rule-set.ts'

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

interface Displayed extends Selectable {
  readonly id: string
  readonly subjects: readonly [string, ...string[]]
  readonly authority: string
  /** When it was decided; of a list that names no such day, when it was known. */
  readonly dated: number
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

  const matches = new Map<OtherDisplay, (record: Selectable) => boolean>()
  for (const other of rules.sets.flatMap(({ others = [] }) => others)) matches.set(other, matcher(other.select))
  const kinds = [...new Set([...matches.keys()].flatMap(({ select }) => select.kinds))]

  /** When its display ends by the rules of an instant; `undefined` where it has no end, or is not shown. */
  function periodEnd(
    record: Displayed,
    at: number,
  ): Pick<DisplayEnded, 'rules' | 'provisional' | 'used' | 'at'> | undefined {
    const { dated, facts, cause, kind } = record
    if (kind === 'penalty') {
      const judged = { dated, severity: severityOf(facts.severity ?? ''), causes: [cause] }
      const { set, shown, latest } = periodOf(rules, judged, at, zoneOffsetMinutes)
      return shown ? { rules: set.id, provisional: set.provisional, used: set.useAfterMaximum, at: latest } : undefined
    }
    const set = ruleSetFor(rules, { dated, requested: at }, zoneOffsetMinutes)
    const other = set.others?.find((one) => matches.get(one)?.(record) === true)
    if (other === undefined) return undefined
    const latest = monthsAfter(dated, other.maxMonths, zoneOffsetMinutes)
    const provisional = set.provisional || other.provisional
    return { rules: `${set.id}/${other.id}`, provisional, used: set.useAfterMaximum, at: latest }
  }

  function endOf(record: Displayed, at: number): Ended | undefined {
    const end = periodEnd(record, at)
    if (end === undefined || at < end.at) return undefined
    const { id, subjects, authority, dated } = record
    const place = { realm, id: `display/${id}`, target: id, enterprise: subjects[0], authority }
    return { ended: { type: 'display-ended', ...place, ...end, dated }, subjects }
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
        const page = await displayedBefore(history, { realm, kinds, before, after })
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

/** Penalties in force with a document of before, and other records of these kinds, without an end of display, a repair, or whatever else takes them back. */
function displayedBefore(
  history: History,
  asked: { readonly realm: string; readonly kinds: readonly string[]; readonly before: number; readonly after: string },
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
            any(o.kind) AS kind, any(o.feed) AS feed, any(o.trust) AS trust, any(o.facts) AS facts,
            any(if(o.decided > 0, o.decided, o.known)) AS dated FROM (
       SELECT * FROM observations
        WHERE realm = {realm:String} AND (kind = 'penalty' OR kind IN {kinds:Array(String)}) AND id > {after:String}
        ORDER BY id, version DESC, content DESC, gone LIMIT 1 BY id, subject) AS o
      WHERE gone = 0 AND (o.decided > 0 OR o.kind != 'penalty')
        AND if(o.decided > 0, o.decided, o.known) < {before:Int64}
        AND id NOT IN struck AND concat(o.feed, '/', o.record, '/') NOT IN struck
        AND id NOT IN repaired AND concat(o.feed, '/', o.record, '/') NOT IN repaired
        AND concat('display/', id) NOT IN (SELECT id FROM decisions WHERE realm = {realm:String} AND type = 'display-ended')
      GROUP BY id ORDER BY id LIMIT ${PAGE}`,
    asked,
  )
}
