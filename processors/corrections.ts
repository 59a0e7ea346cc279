import { compareObservations, type Observation } from '../core/observation.ts'
import { DAY_MS } from '../core/time.ts'

/**
 * What changes a past that is already said, and waits until that past is sealed: the tick at which it becomes known then
 * depends on the log alone, not on how far a process happened to have come when it read it.
 */
export interface Correction {
  /** The first tick that knows of it: what it changes before that is rebuilt and recorded with this tick, UTC ms. */
  readonly due: number
  /** Came after its own tick had been promised: goes in as soon as every tick before `due` is sealed. */
  readonly late: boolean
  /** Number of the shard's batch that brought it: late ones of one batch are one rebuild. */
  readonly batch: number
  readonly observation: Observation
}

/** So far back the past is judged anew; what was said before that stays as it was said. */
export const REACH_MS = 3_653 * DAY_MS

export interface Corrections {
  add(correction: Correction): void
  /** The last tick to be sealed before late ones may go in, Infinity where none waits. */
  lateAfter(): number
  /** The soonest tick at which others go in, Infinity where none waits. */
  soonest(): number
  /** Takes out late ones that came together, those that came first. */
  takeLate(): readonly Correction[]
  /** Takes out what goes in at `tick`, in canonical order. */
  takeDue(tick: number): readonly Correction[]
}

/** The queue over a shard state's `corrections`, which are kept in snapshots. */
export function createCorrections(state: { corrections: Correction[] }, tickMs: number): Corrections {
  const takeOut = (isTaken: (correction: Correction) => boolean): readonly Correction[] => {
    const taken = state.corrections.filter(isTaken)
    if (taken.length > 0) state.corrections = state.corrections.filter((one) => !isTaken(one))
    return taken.sort((left, right) => compareObservations(left.observation, right.observation))
  }
  const firstLate = () => state.corrections.find(({ late }) => late)

  return {
    add: (correction) => void state.corrections.push(correction),
    lateAfter: () => (firstLate()?.due ?? Number.POSITIVE_INFINITY) - tickMs,
    soonest() {
      let soonest = Number.POSITIVE_INFINITY
      for (const { due, late } of state.corrections) if (!late && due < soonest) soonest = due
      return soonest
    },
    takeLate() {
      const first = firstLate()
      return first === undefined ? [] : takeOut(({ late, batch }) => late && batch === first.batch)
    },
    takeDue: (tick) => takeOut(({ late, due }) => !late && due <= tick),
  }
}
