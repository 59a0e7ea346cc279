import { Refusal } from '../../core/errors.ts'
import type { History } from '../../core/history.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { createDecisionJournal } from '../../inspections/decision-journal.ts'
import { verifyDraw } from '../../inspections/verify-draw.ts'
import { compilePolicy } from '../../processors/compile-policy.ts'
import { verifyPoint } from '../../processors/verify-point.ts'
import type { PolicySet } from '../policies.ts'
import type { Ports } from '../ports.ts'

export interface Verdict {
  readonly what: string
  readonly ok: boolean
  readonly differences: readonly string[]
}

/** The score of an enterprise in force at `asOf` (UTC ms): its receipt, and every sum in it. */
export async function verifyScore(
  history: History,
  set: PolicySet,
  enterprise: string,
  asOf: number,
): Promise<Verdict> {
  const [row] = await history.query<Omit<RiskPoint, 'signals'> & { readonly signals: string }>(
    `SELECT realm, enterprise, name, effective, risk, own, basis, class, district, industry, signals, revision, removed, policy, receipt
       FROM risk FINAL
      WHERE realm = {realm:String} AND enterprise = {enterprise:String} AND removed = 0 AND effective <= {asOf:Int64}
      ORDER BY effective DESC LIMIT 1`,
    { realm: set.realm.realm, enterprise, asOf },
  )
  if (row === undefined) throw new Refusal(`Nothing is known of ${enterprise} in ${set.realm.realm} by then.`)
  const point: RiskPoint = { ...row, effective: Number(row.effective), signals: JSON.parse(row.signals) }
  return { what: `${enterprise} ${point.effective} ${point.receipt}`, ...verifyPoint(point, compilePolicy(set.realm)) }
}

/** A draw: the seed against its commitment, and every visit drawn again from roster and seed. */
export async function verifyDrawOf({ log, history }: Ports, realm: string, period: string): Promise<Verdict> {
  const { committed, opened } = await createDecisionJournal(log, history).period(realm, period)
  if (committed === undefined || opened === undefined)
    throw new Refusal(`No draw of ${period} has been opened in ${realm}.`)
  const { ok, visits, differences } = verifyDraw(committed, opened)
  return {
    what: `draw ${period}: ${visits} visits, commitment ${committed.seedCommitment}`,
    ok,
    differences: differences.map((one) => JSON.stringify(one)),
  }
}
