import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeSynced } from '../adapters/files/synced.ts'
import { type DataFolder, secret } from './embedded/data-folder.ts'
import type { PolicySet } from './policies.ts'

const FILE = 'feeds.json'

/** Keys of all feeds by `realm/feed`; a feed without one gets one, and the file is there for its owner to be told. */
export function feedKeys(folder: DataFolder, policies: Iterable<PolicySet>): ReadonlyMap<string, string> {
  const file = join(folder.keys, FILE)
  const known: Record<string, string> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const root = secret(folder, 'feeds')
  let missing = false
  for (const { realm, feeds } of policies) {
    for (const feed of feeds.keys()) {
      const name = `${realm.realm}/${feed}`
      if (known[name] !== undefined) continue
      known[name] = createHmac('sha256', root).update(name).digest('base64url')
      missing = true
    }
  }
  if (missing) writeSynced(file, `${JSON.stringify(known, null, 2)}\n`)
  return new Map(Object.entries(known))
}
