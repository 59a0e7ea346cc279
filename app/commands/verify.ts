import { Refusal } from '../../core/errors.ts'
import type { History } from '../../core/history.ts'
import { type RiskQuestion, riskOn } from '../../core/risk-history.ts'
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

/** The score of an enterprise in force at an instant, as known at another: its receipt, and every sum in it. */
export async function verifyScore(
  history: History,
  set: PolicySet,
  asked: Omit<RiskQuestion, 'realm'>,
): Promise<Verdict> {
  const { enterprise } = asked
  const point = await riskOn(history, { ...asked, realm: set.realm.realm })
  if (point === undefined) throw new Refusal(`Nothing is known of ${enterprise} in ${set.realm.realm} by then.`)
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
