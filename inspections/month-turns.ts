import { DAY_MS } from '../core/time.ts'
import { periodOf } from './run-inspections.ts'

/** Tells when a realm whose time is its records' has come to stand in a month, so that the month can be drawn. */
export interface MonthTurns {
  /** `instant`: the realm's clock; `at`: any clock that only goes on; both ms. Answers each month at most once in a row. */
  look(instant: number, at: number): string | undefined
}

const SETTLED_MS = 10_000

/**
 * A month is settled once its realm has gone through less than a day while the clock on the wall went on for
 * `SETTLED_MS`. Back-filled years go faster, however long one of their months takes: nobody is drawn for them.
 */
export function createMonthTurns(zoneOffsetMinutes: number): MonthTurns {
  let asked = ''
  let month = ''
  let from = { instant: 0, at: 0 }
  return {
    look(instant, at) {
      if (instant <= 0) return undefined
      const seen = periodOf(instant, zoneOffsetMinutes)
      if (seen !== month || instant - from.instant > DAY_MS) from = { instant, at }
      month = seen
      if (month === asked || at - from.at < SETTLED_MS) return undefined
      asked = month
      return month
    },
  }
}
