import type { FeedPolicy } from '../../core/feed-policy.ts'

/** Bits of a head: the policy's parts in its order, so parts may be appended to a policy but not be moved. */
const MOST_PARTS = 32

/** The bit by which a head says that a version has a part. Errors: `RangeError` for a policy of more than 32 parts. */
export function partBits({ feed, observations }: FeedPolicy): ReadonlyMap<string, number> {
  const parts = [...new Set(observations.map(({ part }) => part))]
  if (parts.length > MOST_PARTS) throw new RangeError(`${feed}: at most ${MOST_PARTS} parts`)
  return new Map(parts.map((part, i) => [part, 2 ** i]))
}
