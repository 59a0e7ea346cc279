import { createCommitGroups } from './commit-groups.ts'
import { type Arrival, type Looked, type Overlays, recordOf } from './ingest-batch.ts'
import type { Held, RecordIndex, RecordKey } from './record-index.ts'

/** An arrival that the index was asked about when it came. */
export interface Asked {
  readonly arrival: Arrival
  readonly answer: Promise<Answer>
  /** So many groups were durable when it came. */
  readonly after: number
}

interface Answer {
  readonly held: readonly Held[]
  /** So many groups were durable when the index was asked. */
  readonly after: number
  readonly era: number
}

/**
 * Asks the index about rows while others are made durable. What is decided meanwhile the index cannot have known; it is
 * remembered for as long as an arrival is waiting that was asked about before it was durable.
 */
export interface LookAhead {
  ask(arrival: Arrival): Asked
  /** In the turn of these arrivals, which no longer wait then. Errors: `Retryable`, where the index cannot be reached. */
  looked(asked: readonly Asked[]): Promise<readonly Looked[]>
  /** A group was decided, and is being made durable. */
  decided(overlays: Overlays): void
  /** The group that was decided last is durable. */
  durable(): void
  /** Something else has changed the index, or nobody knows what has become of a group: all that was asked is asked again. */
  forget(): void
}

/** An index answers so many rows in one go while other work waits. */
const ROWS_A_CALL = 5_000

export function createLookAhead(index: Pick<RecordIndex, 'lookUp'>): LookAhead {
  let era = 0
  let durableGroups = 0
  let groups = 0
  /** The groups that were decided after the oldest of what waits had come. */
  let recent: { readonly group: number; readonly overlays: Overlays }[] = []
  const waiting = new Set<Asked>()
  const calls = createCommitGroups<Arrival, Answer>({
    sizeOf: ({ rows }) => rows.length,
    most: ROWS_A_CALL,
    isAlone: () => false,
    commit: askIndex,
  })

  async function askIndex(arrivals: readonly Arrival[]): Promise<readonly Answer[]> {
    const [after, askedIn] = [durableGroups, era]
    const looked = await lookUpArrivals(arrivals, index)
    return looked.map((held) => ({ held, after, era: askedIn }))
  }

  return {
    ask(arrival) {
      const asked = { arrival, answer: calls.add(arrival), after: durableGroups }
      waiting.add(asked)
      // A failure is heard in the arrival's turn.
      asked.answer.catch(() => undefined)
      return asked
    },

    async looked(asked) {
      try {
        const answers = await Promise.all(asked.map(({ answer }) => answer))
        const isStale = answers.some((answer) => answer.era !== era)
        const valid = isStale ? await askIndex(asked.map(({ arrival }) => arrival)) : answers
        return valid.map(({ held, after }) => ({
          held,
          since: recent.filter(({ group }) => group > after).map(({ overlays }) => overlays),
        }))
      } finally {
        for (const each of asked) waiting.delete(each)
      }
    },

    decided(overlays) {
      groups += 1
      recent.push({ group: groups, overlays })
    },

    durable() {
      durableGroups = groups
      let oldest = groups
      for (const { after } of waiting) oldest = Math.min(oldest, after)
      recent = recent.filter(({ group }) => group > oldest)
    },

    forget() {
      era += 1
      recent = []
    },
  }
}

/** What the index holds of all rows, aligned with them. */
export async function lookUpArrivals(
  arrivals: readonly Arrival[],
  index: Pick<RecordIndex, 'lookUp'>,
): Promise<readonly (readonly Held[])[]> {
  const byFeed = new Map<string, { realm: string; keys: RecordKey[]; askedOf: Arrival['mapped'][] }>()
  for (const { realm, feed, mapped } of arrivals) {
    const asked = byFeed.get(feed.policy.feed) ?? { realm, keys: [], askedOf: [] }
    byFeed.set(feed.policy.feed, asked)
    asked.askedOf.push(mapped)
    for (const each of mapped) {
      const kept = recordOf(each)
      if (kept !== undefined) asked.keys.push(kept)
    }
  }
  const looked = new Map<Arrival['mapped'], readonly Held[]>()
  await Promise.all(
    [...byFeed].map(async ([feed, { realm, keys, askedOf }]) => {
      const held = await index.lookUp(realm, feed, keys)
      let next = 0
      for (const mapped of askedOf) {
        looked.set(
          mapped,
          mapped.map((each) => (recordOf(each) === undefined ? undefined : held[next++])),
        )
      }
    }),
  )
  return arrivals.map(({ mapped }) => looked.get(mapped) ?? [])
}
