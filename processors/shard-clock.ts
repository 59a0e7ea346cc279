import type { Progress } from '../core/event-log.ts'
import type { Observation } from '../core/observation.ts'
import { floorToGrid } from '../core/time.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import type { ShardState } from './shard-state.ts'
import type { Side } from './side.ts'

/** How far time has come in one shard, by what the log says. */
export interface ShardClock {
  /** Takes in how far feeds have come, as a batch says it with these observations. */
  hear(progress: readonly Progress[], arriving: readonly Observation[]): void
  /** To be called once the batch is in: what comes for a tick that is promised by then is late. */
  promise(): void
  /** The last tick that may be sealed: what takes effect one period later must be in before that. */
  limit(): number
  /** Only reading on brings time forward; otherwise it waits for what the whole city says. */
  wantsInput(): boolean
}

export function createShardClock(state: ShardState, side: Side, policy: CompiledPolicy): ShardClock {
  const offset = policy.realm.zoneOffsetMinutes
  /** Until when everything has come; most batches come in between two words of time. */
  let watermark = watermarkOf(state)

  /**
   * The first word of time is the same in every shard, so the lockstep with the second stage begins in the same period
   * everywhere; what was known before it is judged without the city's cells, which nobody has yet.
   */
  function begin(until: number, arriving: readonly Observation[]): void {
    state.start = floorToGrid(until, policy.periodMs, offset)
    let earliest = state.pending[0]?.known ?? state.start
    for (const { known } of arriving) earliest = Math.min(earliest, known)
    for (const { entries } of state.enterprises.each()) earliest = Math.min(earliest, entries[0]?.known ?? earliest)
    state.sealed = Math.min(state.start, floorToGrid(earliest, policy.periodMs, offset))
    state.promised = state.sealed
  }

  function gate(): number {
    return Math.max(side.sealedEnd(), state.start) + 2 * policy.periodMs - policy.tickMs
  }

  return {
    hear(progress, arriving) {
      for (const { feed, until, closed } of progress) {
        if (until === 0) continue
        if (state.start === 0) begin(until, arriving)
        state.feeds[feed] = { until, closed }
      }
      if (progress.length > 0) watermark = watermarkOf(state)
    },
    promise() {
      if (state.start === 0) return
      state.promised = Math.max(state.promised, floorToGrid(watermark, policy.tickMs, offset))
    },
    limit: () => floorToGrid(Math.min(watermark, gate()), policy.tickMs, offset),
    wantsInput: () => state.start === 0 || watermark < gate(),
  }
}

/** The feed that is furthest behind holds everybody up, unless it is closed. */
function watermarkOf({ feeds }: ShardState): number {
  let open = Number.POSITIVE_INFINITY
  let closedOnes = 0
  for (const feed in feeds) {
    const word = feeds[feed]
    if (word === undefined) continue
    if (word.closed) closedOnes = Math.max(closedOnes, word.until)
    else open = Math.min(open, word.until)
  }
  return open === Number.POSITIVE_INFINITY ? closedOnes : open
}
