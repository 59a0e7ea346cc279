import { compareObservations, type Observation } from '../core/observation.ts'
import { attributesAt } from './attributes.ts'
import { countInto } from './cell-count.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import type { EnterpriseState } from './enterprise.ts'
import { sensorKey, sensorOf, takeReading } from './indicators/sensor.ts'
import type { CellCount } from './own-cells.ts'
import type { ShardState } from './shard-state.ts'

/** Takes what became known before a tick out of the state's `pending`: into detectors of readings, and into cells. */
export interface Pending {
  /** `due`: numbers of the enterprises that are to be judged at this tick; those are added of whom a reading speaks. */
  take(tick: number, due: Set<number>): void
  /** The first that was not taken. */
  first(): Observation | undefined
  /** To be called after some ticks: what was taken leaves the state, for which all the others move up. */
  drop(): void
}

const NO_COUNTS: readonly CellCount[] = []

export function createPending(state: ShardState, policy: CompiledPolicy): Pending {
  const offset = policy.realm.zoneOffsetMinutes
  const { enterprises } = state
  let taken = 0

  function first(): Observation | undefined {
    return state.pending[taken]
  }

  function takeOne(observation: Observation, tick: number, due: Set<number>): void {
    if (observation.kind === 'sensor-reading' && !isOfPlace(observation)) {
      takeSensor(enterprises.named(observation.subject), observation, due)
    }
    if (!policy.countsKind(observation.kind)) return
    const counts = isOfPlace(observation) ? countsOfPlace(observation) : countsOfOwn(observation, tick)
    if (counts.length > 0) countInto(state.open, observation, counts, policy)
  }

  /** Cells count a fact once: its first version, and only one arrival of it. */
  function countsOfPlace(observation: Observation): readonly CellCount[] {
    const cells = observation.gone === 1 ? '' : policy.cellsOf(observation)
    if (cells === '') return NO_COUNTS
    const seen = state.seenPlaces.get(observation.id)
    state.seenPlaces.set(observation.id, observation.known)
    return seen === undefined ? policy.countsOf(cells, () => undefined) : NO_COUNTS
  }

  /** As `countedFacts` counts it anew where a correction comes. Readings are no entries: each of them counts. */
  function countsOfOwn(observation: Observation, tick: number): readonly CellCount[] {
    const enterprise = enterprises.get(observation.subject)
    const first = enterprise?.entries.find(({ id }) => id === observation.id)
    if (observation.gone === 1 || first?.struck === true) return NO_COUNTS
    if (first !== undefined && (first.version !== observation.version || first.content !== observation.content))
      return NO_COUNTS
    const attributes = () => (enterprise === undefined ? undefined : attributesAt(enterprise, tick))
    return policy.countsOf(first?.cells ?? policy.cellsOf(observation), attributes)
  }

  function takeSensor(enterprise: EnterpriseState, observation: Observation, due: Set<number>): void {
    const metric = observation.facts.metric ?? ''
    const limits = policy.metrics.get(metric)
    if (limits === undefined) {
      if (enterprise.last === null) due.add(enterprise.number)
      return
    }
    const quality = observation.facts.quality ?? 'N'
    if (observation.value === null || (quality !== 'N' && quality !== '')) return
    const key = sensorKey(observation.facts.device ?? '', metric)
    const sensor = sensorOf(enterprise, key)
    const speaks = takeReading(sensor, observation.known, observation.value, limits.above, limits.anomaly, offset)
    if (speaks || enterprise.last === null) due.add(enterprise.number)
  }

  return {
    take(tick, due) {
      for (let next = first(); next !== undefined && next.known < tick; next = first()) {
        taken += 1
        takeOne(next, tick, due)
      }
    },
    first,
    drop() {
      if (taken > 0) state.pending.splice(0, taken)
      taken = 0
    },
  }
}

/** Of nobody in particular: cells count it where it was. */
export function isOfPlace({ subject }: Pick<Observation, 'subject'>): boolean {
  return subject.startsWith('place:')
}

/**
 * Brings what stands from `from` on to its places among those before it, which are in order. While a city is loaded
 * thousands wait for the first word of time, and to sort them all at each batch would take half of it.
 */
export function mergeTail(pending: Observation[], from: number): void {
  const fresh = pending.slice(from).sort(compareObservations)
  let old = from - 1
  let next = fresh.length - 1
  for (let at = pending.length - 1; next >= 0; at--) {
    const before = old < 0 ? undefined : pending[old]
    const one = fresh[next]
    if (one === undefined) return
    if (before !== undefined && compareObservations(before, one) > 0) {
      pending[at] = before
      old -= 1
    } else {
      pending[at] = one
      next -= 1
    }
  }
}

/** What was seen of places matters only until its period is sealed: an older arrival is late anyway. */
export function forgetPlaces(state: ShardState, policy: CompiledPolicy): void {
  for (const [id, known] of state.seenPlaces) {
    if (known >= state.sealed - policy.periodMs) break
    state.seenPlaces.delete(id)
  }
}
