import { createHash, timingSafeEqual } from 'node:crypto'
import type { RealmIntake } from './intake-port.ts'
import type { CompiledFeed } from './mapping/compile-feed.ts'

/** A feed as the front doors know it. */
export interface RegisteredFeed {
  readonly compiled: CompiledFeed
  /** What its owner proves itself with. */
  readonly key: string
}

export interface RegisteredRealm {
  readonly clock: 'live' | 'event'
  readonly intake: RealmIntake
  readonly feeds: ReadonlyMap<string, RegisteredFeed>
}

/** Realms by name; built by the composition root, read by every front door. */
export type Registry = ReadonlyMap<string, RegisteredRealm>

/** Takes the same time whatever is wrong with what was offered. Nothing is no key. */
export function isKey(offered: string, key: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(offered), digest(key)) && key !== ''
}
