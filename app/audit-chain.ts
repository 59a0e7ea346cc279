import { appendFileSync, readFileSync } from 'node:fs'
import { canonicalJson, fullHash } from '../core/hash.ts'

/**
 * A chain of hashes in one file: each line holds the hash of the line before, so that none can be taken out unseen. One
 * process writes a file.
 */
export function createAuditChain(file: string): (entry: object) => Promise<void> {
  let last = lastHash(file)
  return async (entry) => {
    const body = { ...entry, before: last }
    const hash = fullHash(canonicalJson(body))
    appendFileSync(file, `${JSON.stringify({ ...body, hash })}\n`, { mode: 0o600 })
    last = hash
  }
}

function lastHash(file: string): string {
  try {
    const line = readFileSync(file, 'utf8').trimEnd().split('\n').at(-1)
    return line === undefined || line === '' ? '' : String(JSON.parse(line).hash)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
