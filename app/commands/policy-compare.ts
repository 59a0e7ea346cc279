import type { History } from '../../core/history.ts'
import type { RealmPolicy, WarningBand } from '../../core/policy.ts'
import type { Signal } from '../../core/risk.ts'
import { standingPoints } from '../../core/risk-history.ts'

/** What a policy in shadow would change, held against the one in force at one instant. */
export interface Comparison {
  /** UTC ms. */
  readonly on: number
  readonly enterprises: number
  /** Enterprises by what they are now and would be, only where the two differ. */
  readonly classes: readonly Moved[]
  readonly levels: readonly Moved[]
  readonly movers: readonly Mover[]
}

export interface Moved {
  readonly from: string
  readonly to: string
  readonly enterprises: number
}

export interface Mover {
  readonly enterprise: string
  readonly name: string
  readonly before: number
  readonly after: number
  /** Points by indicator that come or go, the most first. */
  readonly why: readonly { readonly indicator: string; readonly points: number }[]
}

export interface CompareQuestion {
  readonly inForce: RealmPolicy
  readonly shadow: RealmPolicy
  /** Hash of the policy in shadow. */
  readonly policy: string
  readonly on: number
  readonly movers: number
}

const COLUMNS = ['risk', 'class', 'name', 'signals'] as const
const REASONS = 5

/** Errors: `Retryable` when the history cannot be reached. */
export async function comparePolicies(history: History, question: CompareQuestion): Promise<Comparison> {
  const { inForce, shadow, policy, on, movers } = question
  const params = { realm: inForce.realm, policy, on, known: on, movers }
  const pairs = `(
    SELECT enterprise, old.risk AS before, new.risk AS after, old.class AS oldClass, new.class AS newClass,
           if(new.name = '', old.name, new.name) AS name, old.signals AS oldSignals, new.signals AS newSignals
      FROM ${newest('risk', 'effective <= {on:Int64}')} AS old
      FULL OUTER JOIN ${newest('shadow_risk', 'policy = {policy:String} AND effective <= {on:Int64}')} AS new USING enterprise)`
  const grouped = (from: string, to: string) =>
    history.query<Moved>(
      `SELECT ${from} AS from, ${to} AS to, count() AS enterprises FROM ${pairs}
        GROUP BY from, to HAVING from != to ORDER BY enterprises DESC, from, to`,
      params,
    )
  const [count] = await history.query<{ enterprises: number }>(`SELECT count() AS enterprises FROM ${pairs}`, params)
  const classes = await grouped('oldClass', 'newClass')
  const levels = await grouped(levelOf('before', inForce.warnings), levelOf('after', shadow.warnings))
  const rows = await history.query<Omit<Mover, 'why'> & { oldSignals: unknown; newSignals: unknown }>(
    `SELECT enterprise, name, before, after, oldSignals, newSignals FROM ${pairs} WHERE before != after
      ORDER BY abs(toInt32(after) - toInt32(before)) DESC, enterprise LIMIT {movers:UInt32}`,
    params,
  )
  return {
    on,
    enterprises: count?.enterprises ?? 0,
    classes,
    levels,
    movers: rows.map(({ oldSignals, newSignals, ...row }) => ({ ...row, why: reasons(oldSignals, newSignals) })),
  }
}

/** How each enterprise stood last. */
function newest(table: 'risk' | 'shadow_risk', where: string): string {
  return `(SELECT enterprise, ${COLUMNS.join(', ')} FROM ${standingPoints(COLUMNS, where, table)}
    ORDER BY enterprise, effective DESC LIMIT 1 BY enterprise)`
}

function levelOf(risk: string, bands: readonly WarningBand[]): string {
  const falling = bands.toSorted((left, right) => right.from - left.from)
  const cases = falling.map(({ level, from }) => `${risk} >= ${from}, '${level}', `).join('')
  return cases === '' ? `'none'` : `multiIf(${cases}'none')`
}

function reasons(before: unknown, after: unknown): Mover['why'] {
  const points = new Map<string, number>()
  for (const signal of signalsOf(after)) points.set(signal.indicator, signal.points)
  for (const signal of signalsOf(before)) {
    points.set(signal.indicator, (points.get(signal.indicator) ?? 0) - signal.points)
  }
  return [...points]
    .map(([indicator, by]) => ({ indicator, points: by }))
    .filter((one) => one.points !== 0)
    .sort(
      (left, right) => Math.abs(right.points) - Math.abs(left.points) || (left.indicator < right.indicator ? -1 : 1),
    )
    .slice(0, REASONS)
}

/** The table keeps signals as their JSON text; an enterprise that only one side knows has none. */
function signalsOf(stored: unknown): readonly Signal[] {
  if (typeof stored !== 'string') return Array.isArray(stored) ? (stored as Signal[]) : []
  return stored === '' ? [] : (JSON.parse(stored) as Signal[])
}
