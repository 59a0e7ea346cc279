import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../app/package-root.ts'

/** A feed's mapping as it is shipped, before it is validated. */
export function readPolicyFile(set: string, feed: string): unknown {
  return JSON.parse(readFileSync(join(packageRoot(), 'policies', set, 'feeds', `${feed}.json`), 'utf8'))
}
