import type { PolicyDoor } from '../adapters/http/operator-routes.ts'
import { openPolicyJournal } from '../core/policy-journal.ts'
import { realmNow } from './cases.ts'
import { shadowsOf, summaryOf } from './commands/policy-change.ts'
import type { PolicySet } from './policies.ts'
import { activatePolicy } from './policy-desk.ts'
import type { Ports } from './ports.ts'

/** A realm's policies for officers who have a key and no access to the data folder. Its journal is opened for each act. */
export function createPolicyDoor(ports: Ports, set: PolicySet): PolicyDoor {
  const { realm } = set.realm
  return {
    async list() {
      const journal = await openPolicyJournal(ports, realm)
      try {
        return summaryOf(journal.book(), await shadowsOf(ports, realm))
      } finally {
        await journal.close()
      }
    },

    async activate({ policy, from, by, note }) {
      const journal = await openPolicyJournal(ports, realm)
      try {
        const at = await realmNow(ports, set)
        const wanted = await activatePolicy(journal, policy, from ?? at, { by, note, at })
        return { realm, policy: wanted.policy, id: wanted.id, from: wanted.from }
      } finally {
        await journal.close()
      }
    },
  }
}
