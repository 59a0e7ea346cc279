import { fileURLToPath } from 'node:url'
import { loadPolicySet } from '../../app/policies.ts'
import type { FeedPolicy } from '../../core/feed-policy.ts'

const CITY = loadPolicySet(fileURLToPath(new URL('../../policies/', import.meta.url)), 'city')

/** A feed of the default city with the tables of its set filled in, as the application loads it. */
export function cityFeed(name: string): FeedPolicy {
  const found = CITY.feeds.get(name)
  if (found === undefined) throw new Error(`the city has no feed ${name}`)
  return found
}
