import type { History } from './history.ts'

export interface CellQuestion {
  readonly realm: string
  readonly cell: string
  /** Periods that ended after `from` and at or before `through`, UTC ms. */
  readonly from: number
  readonly through: number
  /** By what was known then, UTC ms. */
  readonly known: number
}

/** What a cell counted under one key in one period. */
export interface CellPeriod {
  readonly key: string
  /** End of the period. */
  readonly ended: number
  readonly count: number
  /** End of the period that said it: later than `ended` where a correction restated it. */
  readonly recorded: number
  /** From then on scores went by it. */
  readonly effective: number
}

const COUNTED = `
  SELECT key, ended, count, recorded, effective FROM (
    SELECT key, ended, count, recorded, effective FROM cells
    WHERE realm = {realm:String} AND cell = {cell:String}
      AND ended > {from:Int64} AND ended <= {through:Int64} AND recorded <= {known:Int64}
    ORDER BY key DESC, ended DESC, recorded DESC
    LIMIT 1 BY key, ended
  ) WHERE count > 0 ORDER BY ended, key`

/**
 * What a cell counted, period by period, as known at an instant: of each count the one that was said last by then.
 * Errors: `Retryable` when the history cannot be reached.
 */
export async function cellPeriods(history: History, question: CellQuestion): Promise<readonly CellPeriod[]> {
  const rows = await history.query<CellPeriod>(COUNTED, { ...question })
  return rows.map(({ key, ended, count, recorded, effective }) => ({
    key,
    ended: Number(ended),
    count: Number(count),
    recorded: Number(recorded),
    effective: Number(effective),
  }))
}
