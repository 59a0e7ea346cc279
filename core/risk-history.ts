import type { History } from './history.ts'
import type { RiskPoint } from './risk.ts'

/** Beyond every instant: nothing that is recorded is left out. UTC ms. */
export const AS_KNOWN_NOW = Number.MAX_SAFE_INTEGER

/**
 * The change points of table `risk` as they were known at an instant: of each point the newest revision recorded at or
 * before `{known:Int64}`, and none that a later one made void. With `known` at the instant that is asked about nothing
 * looks ahead. `columns` are the table's (of `shadow_risk` for a policy in shadow); `where` narrows it by columns that no correction changes (enterprise, effective).
 */
export function standingPoints(
  columns: readonly string[],
  where: string,
  table: 'risk' | 'shadow_risk' = 'risk',
): string {
  const named = ['enterprise', 'effective', ...columns].join(', ')
  // In the table's own order, backwards: read nearly as it lies, at half the cost of grouping.
  return `(
    SELECT ${named} FROM (
      SELECT ${named}, removed AS void_ FROM ${table}
      WHERE realm = {realm:String} AND recorded <= {known:Int64} AND ${where}
      ORDER BY enterprise DESC, effective DESC, recorded DESC, revision DESC
      LIMIT 1 BY enterprise, effective
    ) WHERE void_ = 0)`
}

export interface RiskQuestion {
  readonly realm: string
  readonly enterprise: string
  /** The instant asked about, UTC ms. */
  readonly on: number
  /** By what was known then, UTC ms. */
  readonly known: number
}

const POINT = [
  'realm',
  'name',
  'risk',
  'own',
  'basis',
  'class',
  'district',
  'industry',
  'signals',
  'revision',
  'recorded',
  'removed',
  'policy',
  'receipt',
] as const

const OF_ENTERPRISE = 'enterprise = {enterprise:String} AND effective <= {on:Int64}'
const RISK_ON = `SELECT * FROM ${standingPoints(POINT, OF_ENTERPRISE)} ORDER BY effective DESC LIMIT 1`

/**
 * The risk of an enterprise on an instant as known on another; `undefined` where nothing was known of it.
 * Errors: `Retryable` when the history cannot be reached.
 */
export async function riskOn(history: History, question: RiskQuestion): Promise<RiskPoint | undefined> {
  const [row] = await history.query<Omit<RiskPoint, 'signals'> & { readonly signals: unknown }>(RISK_ON, {
    ...question,
  })
  if (row === undefined) return undefined
  // Nested values come back as they were stored: as JSON text where the column is text.
  const signals = typeof row.signals === 'string' ? JSON.parse(row.signals) : row.signals
  return { ...row, effective: Number(row.effective), recorded: Number(row.recorded), signals }
}

/**
 * How an enterprise stood until an instant, as known on another: the newest change points first, at most `limit`.
 * Errors: `Retryable` when the history cannot be reached.
 */
export async function riskUntil(
  history: History,
  question: RiskQuestion,
  limit: number,
): Promise<readonly Pick<RiskPoint, 'effective' | 'risk' | 'basis'>[]> {
  const points = standingPoints(['risk', 'basis'], OF_ENTERPRISE)
  const rows = await history.query<Pick<RiskPoint, 'effective' | 'risk' | 'basis'>>(
    `SELECT effective, risk, basis FROM ${points} ORDER BY effective DESC LIMIT {limit:UInt32}`,
    { ...question, limit },
  )
  return rows.map((row) => ({ ...row, effective: Number(row.effective) }))
}
