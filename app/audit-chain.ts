import { readFileSync, truncateSync } from 'node:fs'
import { appendSynced } from '../adapters/files/synced.ts'
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
    appendSynced(file, JSON.stringify({ ...body, hash }))
    last = hash
  }
}

function lastHash(file: string): string {
  try {
    const text = readFileSync(file, 'utf8')
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    // A piece of a line was cut off by a power cut before anybody was told that it is there.
    if (whole !== text) truncateSync(file, Buffer.byteLength(whole))
    const line = whole.trimEnd().split('\n').at(-1)
    return line === undefined || line === '' ? '' : String(JSON.parse(line).hash)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
