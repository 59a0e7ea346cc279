import type { Decision } from '../../core/decision.ts'
import type { History } from '../../core/history.ts'
import { matcher, type Selectable } from '../../core/selection.ts'
import { createCaseJournal } from '../objections/case-journal.ts'
import { isOfDay } from './display-terms.ts'
import type { OtherDisplay } from './other-display.ts'
import type { RepairCasePorts } from './repairs.ts'
import { civilDayOf, ruleSetFor } from './rule-set.ts'

export type RemovalOverdue = Extract<Decision, { readonly type: 'removal-overdue' }>

/** Listings whose ground is gone and that stand all the same. */
export interface Listings {
  /**
   * Says of every one that is not taken off in the working days that its rules give that it is late, each first to
   * `tell`, which may hear of one again after a crash; the same again says nothing.
   * Errors: `Retryable` when log or history cannot be reached.
   */
  markOverdue(tell: (late: RemovalOverdue) => Promise<void>): Promise<number>
  /** The latest first. */
  list(most: number): Promise<readonly RemovalOverdue[]>
}

/** One version of a listing, as its source filed it. */
interface Version extends Selectable {
  readonly id: string
  readonly subject: string
  readonly authority: string
  readonly dated: number
  readonly gone: number
}

interface Empty {
  readonly listing: Version
  readonly since: number
}

export function createListings(ports: RepairCasePorts): Listings {
  const { realm, log, history, rules, zoneOffsetMinutes, now, addWorkingDays } = ports
  const journal = createCaseJournal<RemovalOverdue>(log, history, 'removal-overdue')
  const others = rules.sets.flatMap(({ others = [] }) => others.filter(({ takeOff }) => takeOff !== undefined))
  const matches = new Map(others.map((other) => [other, matcher(other.select)]))

  function ruleOf(listing: Version, at: number): { readonly rules: string; readonly other: OtherDisplay } | undefined {
    const { dated } = listing
    const set = ruleSetFor(rules, { dated, requested: at }, zoneOffsetMinutes)
    const day = civilDayOf(dated, zoneOffsetMinutes)
    const other = set.others?.find((one) => isOfDay(one, day) && matches.get(one)?.(listing) === true)
    return other === undefined ? undefined : { rules: `${set.id}/${other.id}`, other }
  }

  function lateness({ listing, since }: Empty, at: number): Omit<RemovalOverdue, 'superior'> | undefined {
    const rule = ruleOf(listing, at)
    if (rule?.other.takeOff === undefined) return undefined
    const { workingDays, provisional: unsettled } = rule.other.takeOff
    const { at: due, provisional } = addWorkingDays(since, workingDays)
    if (at < due) return undefined
    const { id: target, subject: enterprise, authority } = listing
    const about = { realm, target, enterprise, authority, rules: rule.rules, since, due, at }
    const id = `removal/${target}/${since}`
    return { type: 'removal-overdue', id, ...about, provisional: provisional || unsettled }
  }

  return {
    async markOverdue(tell) {
      const facts = [...new Set(others.flatMap(({ takeOff }) => takeOff?.fact ?? []))]
      if (facts.length === 0) return 0
      const at = now()
      const said = new Set((await journal.steps(realm)).map(({ id }) => id))
      const late = (await emptied(history, { realm, facts, kinds: others.flatMap(({ select }) => select.kinds), at }))
        .map((one) => lateness(one, at))
        .filter((one) => one !== undefined && !said.has(one.id))
      for (const one of late) {
        if (one === undefined) continue
        const overdue = { ...one, superior: ports.superiorOf(one.authority) }
        await tell(overdue)
        await journal.append(overdue)
      }
      return late.length
    },

    async list(most) {
      const steps = await journal.steps(realm)
      return steps.toSorted((left, right) => right.due - left.due).slice(0, most)
    },
  }
}

/** Listings in force that say since when their ground is gone: since the first version that has said so without a break. */
async function emptied(
  history: History,
  asked: {
    readonly realm: string
    readonly facts: readonly string[]
    readonly kinds: readonly string[]
    readonly at: number
  },
): Promise<readonly Empty[]> {
  const SAYS = (row: string) =>
    `arrayExists(fact -> toInt64OrZero(${row}facts[fact]) BETWEEN 1 AND {at:Int64}, {facts:Array(String)})`
  const versions = await history.query<Version & { readonly since: number }>(
    `SELECT id, subject, authority, kind, feed, cause, trust, facts, gone,
            toInt64(if(decided > 0, decided, known)) AS dated,
            if(${SAYS('')}, toInt64(arrayMax(fact -> toInt64OrZero(facts[fact]), {facts:Array(String)})), 0) AS since
       FROM observations FINAL
      WHERE realm = {realm:String} AND kind IN {kinds:Array(String)} AND id IN (
        SELECT id FROM observations WHERE realm = {realm:String} AND kind IN {kinds:Array(String)} AND ${SAYS('')})
      ORDER BY id, subject, version, content, gone DESC`,
    asked,
  )
  const open = new Map<string, Empty>()
  for (const version of versions) {
    const { id } = version
    const since = Number(version.since)
    const before = open.get(id)
    if (Number(version.gone) !== 0 || since === 0) open.delete(id)
    else open.set(id, { listing: { ...version, dated: Number(version.dated) }, since: before?.since ?? since })
  }
  return [...open.values()]
}
