import type { Registration } from '../adapters/registration/registrar.ts'
import type { Present } from '../core/present.ts'

/** What one protocol's registrations are kept under among the realm's receipts. */
const PREFIX = 'device '

/** Registrations over a restart: a device that never came back has to be said offline all the same. */
export interface KnownDevices {
  /** Of the earlier run. */
  readonly known: readonly Registration[]
  /** Writes what has changed since it was called last. */
  save(registrations: readonly Registration[]): Promise<void>
}

/** `now` stands for when a device was heard last: it gets the time of its keepalives to come back. UTC ms. */
export async function knownDevices(
  present: Present,
  realms: Iterable<string>,
  protocol: string,
  now: number,
): Promise<KnownDevices> {
  const prefix = `${PREFIX}${protocol} `
  const saved = new Map<string, { readonly realm: string; readonly text: string }>()
  const known: Registration[] = []
  for (const realm of realms) {
    for (const [key, text] of Object.entries(await present.read(realm, 'receipts'))) {
      if (!key.startsWith(prefix)) continue
      saved.set(key, { realm, text })
      known.push({ ...(JSON.parse(text) as Registration), heard: now })
    }
  }

  return {
    known,
    async save(registrations) {
      const current = new Set<string>()
      const changed = new Map<string, Record<string, string>>()
      for (const one of registrations) {
        const key = prefix + one.device
        // When it was heard changes with each keepalive and is not needed again.
        const text = JSON.stringify({ ...one, heard: 0 })
        current.add(key)
        if (saved.get(key)?.text === text) continue
        saved.set(key, { realm: one.realm, text })
        const documents = changed.get(one.realm) ?? {}
        documents[key] = text
        changed.set(one.realm, documents)
      }
      for (const [realm, documents] of changed) await present.put(realm, 'receipts', documents)
      for (const [key, { realm }] of [...saved].filter(([key]) => !current.has(key))) {
        await present.remove(realm, 'receipts', [key])
        saved.delete(key)
      }
    },
  }
}
