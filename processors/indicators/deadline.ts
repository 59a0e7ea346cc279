import { DAY_MS } from '../../core/time.ts'
import type { Entry } from '../entry.ts'
import { type Indicator, type IndicatorContext, type IndicatorOf, NOTHING, perMille } from './indicator.ts'
import { createQuietTime } from './quiet-time.ts'

const NO_TURNS: readonly number[] = []

/**
 * A promise with a date (fact `deadline`, UTC ms) whose outcome has not come by then; with `withinDays` what names no
 * date is due at the end of so many days after the day on which it was decided, as law counts. Grows from the deadline
 * until `fullDays` later, in tenths; ends the moment an outcome with the same fact `match` is known: with `outcomeLater`
 * one that is known after what it settles. Each of `widerOutcomes` settles in the same way all that share its own fact
 * `match`. With `workingDays` both counts are of working days.
 */
export function createDeadline(policy: IndicatorOf<'deadline'>, { calendar }: IndicatorContext): Indicator {
  const worked = policy.workingDays === true ? calendar : undefined
  const overdue = createQuietTime(worked)
  const unit = worked === undefined ? 'd' : 'working d'
  const fullMs = policy.fullDays * DAY_MS
  const stepMs = fullMs / 10

  /** The last instant that is in time; NaN where nothing binds. */
  function dueOf({ facts, dated }: Entry): number {
    const stated = Number(facts?.deadline)
    if (stated > 0 || policy.withinDays === undefined) return stated
    const decided = calendar.dayOf(dated)
    const last = worked === undefined ? decided + policy.withinDays : worked.add(decided, policy.withinDays)
    return calendar.startOf(last + 1)
  }

  const wider = policy.widerOutcomes ?? []
  const matches = [policy.match, ...wider.map(({ match }) => match)]

  function isDone({ known, facts }: Entry, done: readonly ReadonlyMap<string | undefined, number>[]): boolean {
    return matches.some((match, i) => {
      const value = facts?.[match]
      // What names no panel is no part of all the others that name none.
      if (value === undefined && i > 0) return false
      const outcome = done[i]?.get(value)
      return outcome !== undefined && (policy.outcomeLater !== true || outcome > known)
    })
  }

  return {
    policy,
    selections: [policy.select, policy.outcome, ...wider.map(({ outcome }) => outcome)],
    read({ tick }, [promised = [], ...outcomes]) {
      if (promised.length === 0) return NOTHING
      // They come oldest first: the last of each match stays.
      const done = outcomes.map((entries, i) => lastOf(entries, matches[i] ?? policy.match))
      let longestMs = -1
      let longest = 0
      let until = Number.POSITIVE_INFINITY
      const evidence: string[] = []
      for (const promise of promised) {
        const deadline = dueOf(promise)
        if (!(deadline > 0) || isDone(promise, done)) continue
        if (deadline >= tick) {
          until = Math.min(until, deadline + 1)
          continue
        }
        const overdueMs = overdue.passed(deadline, tick, NO_TURNS)
        if (overdueMs > longestMs) {
          longestMs = overdueMs
          longest = deadline
        }
        evidence.unshift(promise.id)
      }
      if (longestMs < 0) return { ...NOTHING, until }
      const steps = Math.min(10, 1 + Math.floor(longestMs / stepMs))
      if (steps < 10) until = Math.min(until, overdue.reaches(longest, tick, steps * stepMs, NO_TURNS))
      return {
        intensity: perMille(steps, 10),
        measure: `${evidence.length} (${Math.floor(longestMs / DAY_MS)} ${unit})`,
        evidence: evidence.slice(0, 5),
        until,
      }
    },
  }
}

/** When the last outcome of each value of the fact was known. */
function lastOf(outcomes: readonly Entry[], match: string): ReadonlyMap<string | undefined, number> {
  return new Map(outcomes.map(({ facts, known }) => [facts?.[match], known]))
}
