import { asItIs, type Bilingual, joined } from '../core/bilingual.ts'
import { Refusal } from '../core/errors.ts'
import { shortHash } from '../core/hash.ts'
import type { RealmPolicy } from '../core/policy.ts'
import type { PolicyJournal } from '../core/policy-journal.ts'
import type { PolicyActivated, PolicyStaged } from '../core/policy-step.ts'
import { successionFaults } from '../core/policy-succession.ts'
import { policyHash } from '../processors/realm-policy.ts'

/** In whose name something is entered, and when, UTC ms of the realm's clock. */
export interface Entered {
  readonly by: string
  readonly note: string
  readonly at: number
}

/**
 * Enters a policy that was checked whole: its shadow begins within a second. Whatever was staged before and is not in
 * force is given up. Errors: `Refusal` where it cannot follow the one in force, or is it already.
 */
export async function stagePolicy(journal: PolicyJournal, rules: RealmPolicy, entered: Entered): Promise<PolicyStaged> {
  const { realm } = rules
  const { eras } = await journal.refresh()
  const inForce = eras.at(-1)
  if (inForce === undefined) {
    throw new Refusal({
      zh: `数据域 ${realm} 尚未运行,其第一套规则就是规则文件中的,自第一条记录起执行`,
      en: `The realm ${realm} has not run yet: its first policy is that of its file, from the first record on.`,
    })
  }
  const faults = successionFaults(inForce.rules, rules)
  if (faults.length > 0) throw new Refusal(joined(faults, '\n'))
  const policy = policyHash(rules)
  if (policy === inForce.entry.policy)
    throw new Refusal({ zh: `规则 ${policy} 已在执行`, en: `The policy ${policy} is in force already.` })
  const id = shortHash(`${realm} ${policy} ${entered.at} ${entered.by} ${eras.length}`)
  const staged: PolicyStaged = { type: 'policy-staged', realm, id, policy, rules, ...entered }
  await journal.append(staged)
  return staged
}

/**
 * Wants the staged policy in force from the first period on that begins at or after `from`, once its shadow has caught
 * up. Errors: `Refusal` where nothing of that hash is staged.
 */
export async function activatePolicy(
  journal: PolicyJournal,
  named: string,
  from: number,
  entered: Entered,
): Promise<PolicyActivated> {
  const { staged } = await journal.refresh()
  if (staged === undefined)
    throw new Refusal({
      zh: '没有待启用的规则,请先运行 fengsui policy stage',
      en: 'Nothing is staged: fengsui policy stage comes first.',
    })
  if (named.length < 8 || !staged.policy.startsWith(named)) {
    throw new Refusal({
      zh: `待启用的规则是 ${staged.policy},请至少写出前 8 位`,
      en: `The policy that is staged is ${staged.policy}: name it by at least 8 digits.`,
    })
  }
  const { realm, policy } = staged
  const id = shortHash(`${staged.id} ${from} ${entered.at} ${entered.by}`)
  const wanted: PolicyActivated = { type: 'policy-activated', realm, id, policy, staged: staged.id, from, ...entered }
  await journal.append(wanted)
  return wanted
}

/** What refuses a candidate, a line each. */
export function refusalOf(faults: readonly (Bilingual & { readonly place: string })[]): Refusal {
  const lines = faults.map((fault) => joined([asItIs(fault.place), fault], ': '))
  return new Refusal(joined([{ zh: '规则未通过检查:', en: 'The policy is not right:' }, ...lines], '\n'))
}
