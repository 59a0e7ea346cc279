/** An enterprise belongs for ever to one of these; the shard is the unit of state, position and snapshot. */
export const SHARDS = 64

/** FNV-1a over UTF-16 code units, folded to 6 bits. Fixed for ever: changing it moves every enterprise. */
export function shardOf(subject: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < subject.length; i++) {
    hash ^= subject.charCodeAt(i)
    hash = Math.imul(hash, 0x01000193)
  }
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  return (hash >>> 0) % SHARDS
}
