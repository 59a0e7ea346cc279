import { NO_REALM, type Present } from '../core/present.ts'
import type { PolicySet } from './policies.ts'

/** What `realms` of the present says of one realm. */
export function realmCard(set: PolicySet): string {
  const { realm, name, demonstration, clock, zoneOffsetMinutes } = set.realm
  return JSON.stringify({ realm, name, demonstration, clock, zoneOffsetMinutes })
}

/** Makes a realm known: every role takes it up when the bell rings. */
export async function enterRealm(present: Present, set: PolicySet): Promise<void> {
  await present.put(NO_REALM, 'realms', { [set.realm.realm]: realmCard(set) })
}

/**
 * Runs `work` for every realm that is known and for each that becomes known, until the signal is raised; ends with the
 * first failure of any of them.
 */
export async function forEachRealm(
  present: Present,
  policies: ReadonlyMap<string, PolicySet>,
  signal: AbortSignal,
  work: (set: PolicySet) => Promise<void>,
): Promise<void> {
  const running = new Map<string, Promise<void>>()
  let failed: (error: unknown) => void = () => undefined
  const failure = new Promise<never>((_, reject) => {
    failed = reject
  })
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

  async function takeUp(): Promise<void> {
    for (const realm of Object.keys(await present.read(NO_REALM, 'realms'))) {
      const set = policies.get(realm)
      if (set === undefined || running.has(realm)) continue
      const task = work(set)
      running.set(realm, task)
      task.catch(failed)
    }
  }

  const unwatch = await present.watch((_realm, area) => {
    if (area === 'realms') takeUp().catch(failed)
  })
  try {
    await takeUp()
    await Promise.race([stopped, failure])
    await Promise.all(running.values())
  } finally {
    await unwatch()
  }
}
