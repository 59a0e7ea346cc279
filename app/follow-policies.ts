import { NO_REALM } from '../core/present.ts'
import type { PolicySet } from './policies.ts'
import { openPoliciesInForce, type PoliciesInForce } from './policies-in-force.ts'
import type { RoleContext } from './roles/role.ts'

/** A realm's set with the policy that was in force at an instant (the newest where absent) in place of the file's. */
export type SetInForce = (realm: string, instant?: number) => PolicySet | undefined

const LOOK_EVERY_MS = 5_000

/** Follows the policies of every realm that is known, until the role stops. */
export async function followPolicies({
  ports,
  policies,
  retry,
  lifecycle,
  logger,
}: Pick<RoleContext, 'ports' | 'policies' | 'retry' | 'lifecycle' | 'logger'>): Promise<SetInForce> {
  const followed = new Map<string, PoliciesInForce>()
  let looking: Promise<void> = Promise.resolve()

  async function look(): Promise<void> {
    for (const realm of Object.keys(await ports.present.read(NO_REALM, 'realms'))) {
      const set = policies.get(realm)
      const open = followed.get(realm)
      if (open !== undefined) await open.refresh()
      else if (set !== undefined) followed.set(realm, await openPoliciesInForce({ ...ports, retry }, set.realm))
    }
  }

  await look()
  const timer = setInterval(() => {
    looking = looking
      .then(look)
      .catch((error: unknown) => logger.warn({ err: error }, 'policies could not be looked up'))
  }, LOOK_EVERY_MS)
  lifecycle.onStop('the policies in force', async () => {
    clearInterval(timer)
    await looking
    for (const one of followed.values()) await one.close()
  })
  return (realm, instant = Number.POSITIVE_INFINITY) => {
    const set = policies.get(realm)
    const rules = followed.get(realm)?.at(instant)
    return set === undefined || rules === undefined ? set : { ...set, realm: rules }
  }
}
