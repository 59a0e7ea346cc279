import type { LogBatch } from '../core/event-log.ts'
import type { RealmPolicy } from '../core/policy.ts'
import { eraAt } from '../core/policy-book.ts'
import { openPolicyJournal } from '../core/policy-journal.ts'
import { patiently } from '../processors/patiently.ts'
import type { Ports } from './ports.ts'
import type { Retry } from './retry.ts'

/** A realm's policies as its log has them in force, for whoever reads what they made. */
export interface PoliciesInForce {
  /** The one that was in force at an instant of the realm's clock. */
  readonly at: (instant: number) => RealmPolicy
  /** Knows of every policy that made these batches of signals and sealed periods when it resolves. */
  readonly foresee: (batches: readonly Pick<LogBatch, 'topic' | 'bytes'>[]) => Promise<void>
  readonly refresh: () => Promise<void>
  readonly close: () => Promise<void>
}

const POLICY_OF_POINT = /"policy":"([0-9a-f]{64})"/

/** `file`: what holds until the log names a policy. */
export async function openPoliciesInForce(
  ports: Pick<Ports, 'log' | 'history'> & { readonly retry: Retry },
  file: RealmPolicy,
): Promise<PoliciesInForce> {
  const journal = await patiently(ports, () => openPolicyJournal(ports, file.realm))
  const at = (instant: number) => eraAt(journal.book(), instant)?.rules ?? file

  /** A policy's entry is in the log before anything that it says: one look after its first word is enough. */
  function isNews({ topic, bytes }: Pick<LogBatch, 'topic' | 'bytes'>): boolean {
    if (topic === 'sealed') return true
    if (topic !== 'signals') return false
    const [, policy] = POLICY_OF_POINT.exec(Buffer.from(bytes).toString('latin1')) ?? []
    return policy !== journal.book().eras.at(-1)?.entry.policy
  }

  return {
    at,
    async foresee(batches) {
      if (batches.some(isNews)) await journal.refresh()
    },
    refresh: async () => void (await journal.refresh()),
    close: () => journal.close(),
  }
}
