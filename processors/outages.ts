import type { FeedState } from '../core/risk.ts'

/**
 * When each feed was broken, as the log says it: instants in turn at which it broke and was well again, ascending; an
 * odd number of them means that it is broken still.
 */
export type Outages = Record<string, number[]>

/** Beyond so many turns the two oldest outages become one: what lies between is then held too, never blamed. */
const MOST_TURNS = 2_000

/**
 * Nothing can be told from the silence of a feed in this state: it may be the feed's own. A late feed is one of them:
 * were it not, a monthly feed that fails would have half of the city overdue before it counts as silent.
 */
export function isBroken(state: FeedState): boolean {
  return state !== 'healthy'
}

/** Takes in a turn; one that was said before, or says nothing new, changes nothing. Answers whether it was news. */
export function noteTurn(outages: Outages, feed: string, broken: boolean, at: number): boolean {
  const turns = outages[feed] ?? []
  if ((turns.length % 2 === 1) === broken || at <= (turns.at(-1) ?? Number.NEGATIVE_INFINITY)) return false
  turns.push(at)
  if (turns.length > MOST_TURNS) turns.splice(1, 2)
  outages[feed] = turns
  return true
}

/** What one shard has read, brought to all: they read the same turns, one further than another. */
export function mergeOutages(into: Outages, read: Outages): void {
  for (const [feed, turns] of Object.entries(read)) {
    if ((into[feed]?.at(-1) ?? 0) < (turns.at(-1) ?? 0)) into[feed] = [...turns]
  }
}
