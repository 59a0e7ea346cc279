import { Refusal } from '../../core/errors.ts'
import type { History } from '../../core/history.ts'
import { standingPoints } from '../../core/risk-history.ts'
import { civilDate } from '../../core/time.ts'

export interface Ranked {
  readonly id: string
  /** 0–1000. */
  readonly score: number
  readonly class: string
}

const PAGE = 50_000

const POINTS = standingPoints(['risk', 'class'], 'effective <= {asOf:Int64}')

/**
 * Every enterprise of a realm, riskiest first, by the scores that the stream wrote: the change point in force at `asOf`, as
 * it was known at `known` (both UTC ms). With both the same nothing looks ahead.
 */
export async function* rank(
  history: History,
  realm: string,
  asOf: number,
  known: number,
): AsyncGenerator<readonly Ranked[]> {
  for (let from = 0; ; from += PAGE) {
    const rows = await history.query<Ranked>(
      `SELECT enterprise AS id, argMax(risk, effective) AS score, argMax(class, effective) AS class
         FROM ${POINTS}
        GROUP BY enterprise ORDER BY score DESC, id LIMIT {page:UInt32} OFFSET {from:UInt32}`,
      { realm, asOf, known, page: PAGE, from },
    )
    yield rows
    if (rows.length < PAGE) return
  }
}

/** Local midnight of `2014-09-01` in the realm's zone, or an instant with its zone. */
export function readAsOf(text: string, zoneOffsetMinutes: number): number {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []
  const instant =
    year === undefined ? Date.parse(text) : civilDate(Number(year), Number(month), Number(day), zoneOffsetMinutes)
  if (instant === undefined || Number.isNaN(instant)) {
    throw new Refusal({
      zh: `${text} 不是日期,写法如 2014-09-01`,
      en: `"${text}" is no date: write 2014-09-01, or an instant like 2014-09-01T08:00:00+08:00.`,
    })
  }
  return instant
}
