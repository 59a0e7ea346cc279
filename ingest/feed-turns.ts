import type { Decision } from '../core/decision.ts'
import type { OutgoingBatch, Progress } from '../core/event-log.ts'
import type { FeedState } from '../core/risk.ts'
import type { Standing } from './feed-standing.ts'
import type { RealmTime } from './progress.ts'

/** A feed's state has changed. */
export interface Turn {
  readonly feed: string
  readonly from: FeedState | undefined
  readonly to: FeedState
}

const NOTE_PREFIX = 'feed-state/'

/**
 * What is appended because of turns: the word in every shard, beside how far time has come, for the folds; and one
 * decision each, for people. `at`: not before what was complete, so that nothing that is sealed can hang on it.
 */
export function withTurns(
  progress: readonly Progress[],
  turns: readonly Turn[],
  time: RealmTime,
  at: number,
): readonly Progress[] {
  if (turns.length === 0) return progress
  const byFeed = new Map(progress.map((one) => [one.feed, one]))
  for (const { feed, to } of turns) {
    const said = byFeed.get(feed) ?? { feed, ...(time.get(feed) ?? { until: 0, closed: false }) }
    byFeed.set(feed, { ...said, turned: { to, at } })
  }
  return [...byFeed.values()]
}

export function turnDecisions(realm: string, turns: readonly Turn[], at: number): readonly OutgoingBatch[] {
  if (turns.length === 0) return []
  const lines = turns.map(({ feed, from = 'healthy', to }) => {
    const decision: Decision = { type: 'feed-state', realm, id: `feed-state/${feed}/${at}`, feed, from, to, at }
    return `${JSON.stringify(decision)}\n`
  })
  const bytes = Buffer.from(lines.join(''))
  return [{ topic: 'decisions', realm, shard: 0, count: lines.length, bytes, progress: [], bulk: false }]
}

/** States as notes beside the record index, in the same transaction: a restart turns nothing twice. */
export function turnNotes(turns: readonly Turn[], at: number): Record<string, string> {
  return Object.fromEntries(turns.map(({ feed, to }) => [NOTE_PREFIX + feed, JSON.stringify({ state: to, at })]))
}

export function standingsFrom(notes: Readonly<Record<string, string>>): Map<string, Standing> {
  const standings = new Map<string, Standing>()
  for (const [name, text] of Object.entries(notes)) {
    if (name.startsWith(NOTE_PREFIX)) standings.set(name.slice(NOTE_PREFIX.length), JSON.parse(text))
  }
  return standings
}
