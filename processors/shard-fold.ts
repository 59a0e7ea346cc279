import type { PartialPeriod } from '../core/cells.ts'
import type { Progress } from '../core/event-log.ts'
import { compareObservations, type Observation, retractedBy } from '../core/observation.ts'
import { floorToGrid } from '../core/time.ts'
import { closePeriod, countInto, createCellCounter, tieInto } from './cell-count.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import { type Correction, type Corrections, createCorrections } from './corrections.ts'
import {
  type Attributes,
  addEntry,
  type EnterpriseState,
  type Entry,
  emptyEnterprise,
  FOREVER,
  firstChangedBy,
  isStanding,
  type LastPoint,
  toEntry,
} from './enterprise.ts'
import { attributesAt, evaluate, isChange, type SaidPoint, toLastPoint, toRiskPoint } from './evaluate.ts'
import { takeTurns } from './held.ts'
import { emptySensor, sensorKey, takeReading } from './indicators/sensor.ts'
import { mergeOutages } from './outages.ts'
import { createReach, type Reach } from './reach.ts'
import { createRebuilds, type Rebuilds, type Rebuilt } from './rebuilds.ts'
import type { ShardState } from './shard-state.ts'
import { createShardTotals, type ShardTotals } from './shard-totals.ts'
import type { Side } from './side.ts'
import type { Surges } from './surges.ts'
import { nextTick, tickAfter } from './timeline.ts'
import { createTimers, type Timers } from './timers.ts'

/** What a shard says when time moves: all of it a function of the log alone. */
export interface Said {
  readonly changes: Change[]
  /** Who was registered or renamed. */
  readonly registered: { readonly enterprise: string; readonly tick: number; readonly attributes: Attributes }[]
  readonly partials: PartialPeriod[]
  /** Enterprises whose score may have moved by what arrived, to be published before they are sealed. */
  readonly touched: Set<string>
  /** How enterprises stand whose past was corrected, as known from a tick on; no point where nothing is left to say of one. */
  readonly standing: Map<string, { readonly point: SaidPoint | undefined; readonly recorded: number }>
}

export interface Change extends SaidPoint {
  /** What stood before; null for the first point and for rebuilt ones, which are recorded later than they take effect. */
  readonly before: LastPoint | null
}

export function nothingSaid(): Said {
  return { changes: [], registered: [], partials: [], touched: new Set(), standing: new Map() }
}

export interface ShardFold {
  readonly state: ShardState
  readonly totals: ShardTotals
  /** Takes in a batch: its lines, then how far time has come. */
  observe(observations: readonly Observation[], progress: readonly Progress[], said: Said): void
  /** Seals every tick that watermark and sealed periods allow, in order. */
  elapse(said: Said): void
  /** Only reading on brings this shard's time forward; otherwise it waits for what the whole city says. */
  wantsInput(): boolean
  /** The enterprise as it stands with everything that has arrived, where that differs from what is sealed. */
  provisional(id: string): SaidPoint | undefined
  /** The enterprise as it was sealed last; `undefined` where it never was. */
  standing(id: string): SaidPoint | undefined
}

export function createShardFold(state: ShardState, side: Side, surges: Surges, policy: CompiledPolicy): ShardFold {
  const countCells = createCellCounter(policy)
  const offset = policy.realm.zoneOffsetMinutes
  /** When time alone changes an enterprise; one that was judged since is found stale by its `next`. */
  const timers: Timers = createTimers()
  /** When something that has arrived is to be judged. */
  const arrivals: Timers = createTimers()
  const reach: Reach = createReach()
  const rebuilds: Rebuilds = createRebuilds(state, side, surges, policy)
  const totals: ShardTotals = createShardTotals(state, policy.realm)
  mergeOutages(side.outages, state.outages)
  const corrections: Corrections = createCorrections(state, policy.tickMs)
  for (const enterprise of state.enterprises.values()) {
    timers.add(enterprise.next, enterprise.id)
    for (const entry of enterprise.entries) {
      if (entry.known >= state.sealed) arrivals.add(tickAfter(entry.known, policy), enterprise.id)
    }
    reach.place(enterprise.id, attributesAt(enterprise, state.sealed))
  }

  function observeOne(observation: Observation, said: Said): void {
    const tick = tickAfter(observation.known, policy)
    const late = tick <= state.promised
    if (observation.kind === 'sensor-reading') {
      // It speaks with its tick: until then nothing of it is in any score.
      if (late) state.late += 1
      else state.pending.push(observation)
      return
    }
    if (observation.subject.startsWith('place:')) {
      if (late) state.late += 1
      else state.pending.push(observation)
      return
    }
    if (late || retractedBy(observation) !== undefined) {
      const due = late ? state.promised + policy.tickMs : tick
      corrections.add({ due, late, batch: state.batches, observation })
      if (!late) state.pending.push(observation)
      return
    }
    const enterprise = enterpriseNamed(observation.subject)
    if (!addEntry(enterprise, entryOf(observation))) return
    said.touched.add(enterprise.id)
    arrivals.add(tick, enterprise.id)
    state.pending.push(observation)
  }

  function enterpriseNamed(id: string): EnterpriseState {
    const enterprise = state.enterprises.get(id) ?? emptyEnterprise(id)
    state.enterprises.set(id, enterprise)
    return enterprise
  }

  function entryOf(observation: Observation): Entry {
    return toEntry(observation, policy.hitsOf(observation), policy.keptFacts(observation))
  }

  /** Corrections go in, and the past of whom they concern is said anew as it is known from `recorded` on. */
  function correct(taken: readonly Correction[], recorded: number, said: Said): void {
    const from = new Map<string, number>()
    for (const { observation } of taken) {
      const { entries } = enterpriseNamed(observation.subject)
      const tick = tickAfter(firstChangedBy(entries, entryOf(observation)), policy)
      from.set(observation.subject, Math.min(from.get(observation.subject) ?? tick, tick))
    }
    for (const { observation, late } of taken) {
      const enterprise = enterpriseNamed(observation.subject)
      const entry = entryOf(observation)
      if (isHeld(enterprise.entries, entry)) continue
      if (!repeatsNewest(enterprise.entries, entry))
        rebuilds.before(enterprise, from.get(enterprise.id) ?? 0, recorded - policy.tickMs)
      addEntry(enterprise, entry)
      if (late) state.late += 1
    }
    for (const one of rebuilds.settle(recorded, timers, totals)) sayRebuilt(one, recorded, said)
  }

  function sayRebuilt({ enterprise, points, standing, before }: Rebuilt, recorded: number, said: Said): void {
    for (const point of points) said.changes.push({ ...point, before: null })
    said.standing.set(enterprise.id, { point: standing, recorded })
    const { last } = enterprise
    if (last === null) return
    const attributes = attributesAt(enterprise, recorded)
    reach.place(enterprise.id, attributes)
    if (isRenamed(before, last)) said.registered.push({ enterprise: enterprise.id, tick: recorded, attributes })
    // Periods that are sealed stay as they were said; from now on the group hears what stands.
    if (before !== null && before.own !== last.own) tie(attributes, enterprise.id, last.own, recorded)
  }

  /**
   * The first word of time is the same in every shard, so the lockstep with the second stage begins in the same period
   * everywhere; what was known before it is judged without the city's cells, which nobody has yet.
   */
  function begin(until: number, arriving: readonly Observation[]): void {
    state.start = floorToGrid(until, policy.periodMs, offset)
    let earliest = state.pending[0]?.known ?? state.start
    for (const { known } of arriving) earliest = Math.min(earliest, known)
    for (const { entries } of state.enterprises.values()) earliest = Math.min(earliest, entries[0]?.known ?? earliest)
    state.sealed = Math.min(state.start, floorToGrid(earliest, policy.periodMs, offset))
    state.promised = state.sealed
  }

  function watermark(): number {
    const feeds = Object.values(state.feeds)
    const open = feeds.filter((feed) => !feed.closed)
    if (open.length > 0) return Math.min(...open.map((feed) => feed.until))
    return Math.max(0, ...feeds.map((feed) => feed.until))
  }

  /** The last tick that may be sealed: what takes effect one period later must be in before that. */
  function limit(): number {
    return floorToGrid(Math.min(watermark(), gate()), policy.tickMs, offset)
  }

  function gate(): number {
    return Math.max(side.sealedEnd(), state.start) + 2 * policy.periodMs - policy.tickMs
  }

  function nextWork(): number {
    const first = state.pending[0]
    const periodEnd = floorToGrid(state.sealed, policy.periodMs, offset) + policy.periodMs
    return Math.min(
      first === undefined ? Number.POSITIVE_INFINITY : tickAfter(first.known, policy),
      timers.soonest(),
      arrivals.soonest(),
      corrections.soonest(),
      periodEnd,
    )
  }

  function seal(tick: number, said: Said): void {
    correct(corrections.takeDue(tick), tick, said)
    const due = new Set(arrivals.due(tick))
    for (const id of timers.due(tick)) if ((state.enterprises.get(id)?.next ?? FOREVER) <= tick) due.add(id)
    takePending(tick, due)
    if (tick === policy.from) for (const id of state.enterprises.keys()) due.add(id)
    const isPeriodEnd = floorToGrid(tick, policy.periodMs, offset) === tick
    if (isPeriodEnd) {
      for (const id of reach.reachedBy(side.ownersChangedAt(tick), surges.changedAt(tick))) due.add(id)
    }
    for (const id of [...due].sort()) {
      const enterprise = state.enterprises.get(id)
      if (enterprise !== undefined) judge(enterprise, tick, said)
    }
    state.sealed = tick
    if (!isPeriodEnd) return
    const partial = closePeriod(state.open, state.shard, state.start, tick - policy.periodMs, policy)
    if (partial !== undefined) said.partials.push(partial)
  }

  function takePending(tick: number, due: Set<string>): void {
    let taken = 0
    for (const observation of state.pending) {
      if (observation.known >= tick) break
      taken += 1
      const counted = enterpriseOf(observation)
      if (observation.kind === 'sensor-reading' && counted !== undefined) takeSensor(counted, observation, due)
      const cells = countCells(observation, () => (counted === undefined ? undefined : attributesAt(counted, tick)))
      if (cells.length > 0 && isFirst(observation)) countInto(state.open, observation, cells, policy)
    }
    if (taken > 0) state.pending.splice(0, taken)
  }

  /** Cells count a fact once: its first version, and only one arrival of it. */
  function isFirst(observation: Observation): boolean {
    if (observation.gone === 1) return false
    if (!observation.subject.startsWith('place:')) {
      const found = state.enterprises.get(observation.subject)?.entries.find((entry) => entry.id === observation.id)
      return found === undefined || (found.version === observation.version && found.content === observation.content)
    }
    const seen = state.seenPlaces.get(observation.id)
    state.seenPlaces.set(observation.id, observation.known)
    return seen === undefined
  }

  function enterpriseOf(observation: Observation): EnterpriseState | undefined {
    if (observation.subject.startsWith('place:')) return undefined
    const found = state.enterprises.get(observation.subject)
    if (found !== undefined || observation.kind !== 'sensor-reading') return found
    const made = emptyEnterprise(observation.subject)
    state.enterprises.set(made.id, made)
    return made
  }

  function takeSensor(enterprise: EnterpriseState, observation: Observation, due: Set<string>): void {
    const metric = observation.facts.metric ?? ''
    const limits = policy.metrics.get(metric)
    if (limits === undefined) {
      if (enterprise.last === null) due.add(enterprise.id)
      return
    }
    const quality = observation.facts.quality ?? 'N'
    if (observation.value === null || (quality !== 'N' && quality !== '')) return
    const key = sensorKey(observation.facts.device ?? '', metric)
    const sensor = enterprise.sensors[key] ?? emptySensor()
    enterprise.sensors[key] = sensor
    const speaks = takeReading(sensor, observation.known, observation.value, limits.above, limits.anomaly, offset)
    if (speaks || enterprise.last === null) due.add(enterprise.id)
  }

  function judge(enterprise: EnterpriseState, tick: number, said: Said): void {
    const evaluation = evaluate(enterprise, tick, side, policy)
    const { last } = enterprise
    if (last === null && hasNothingStanding(enterprise)) return
    reach.place(enterprise.id, evaluation.attributes)
    if (isChange(last, evaluation) || tick === policy.from) {
      if (tick >= policy.from)
        said.changes.push({ ...toRiskPoint(enterprise, tick, evaluation, policy, tick), before: last })
      if (isRenamed(last, evaluation.attributes)) {
        said.registered.push({ enterprise: enterprise.id, tick, attributes: evaluation.attributes })
      }
      if (last?.own !== evaluation.own) tie(evaluation.attributes, enterprise.id, evaluation.own, tick)
      enterprise.last = toLastPoint(tick, evaluation)
      totals.move(last, enterprise.last)
    }
    const next = nextTick(tick, evaluation.until, policy)
    if (next !== enterprise.next) timers.add(next, enterprise.id)
    enterprise.next = next
  }

  function tie(attributes: Attributes, id: string, own: number, tick: number): void {
    for (const owner of attributes.owners) tieInto(state.open, owner, id, own, tick, policy)
  }

  return {
    state,
    totals,
    observe(observations, progress, said) {
      for (const { feed, until, closed } of progress) {
        if (until === 0) continue
        if (state.start === 0) begin(until, observations)
        state.feeds[feed] = { until, closed }
      }
      state.batches += 1
      const before = state.pending.length
      for (const observation of observations) observeOne(observation, said)
      if (state.pending.length > before) state.pending.sort(compareObservations)
      if (state.start !== 0) {
        state.promised = Math.max(state.promised, floorToGrid(watermark(), policy.tickMs, offset))
      }
      if (progress.some(({ turned }) => turned !== undefined)) takeTurns(progress, state, side, timers, policy)
    },
    elapse(said) {
      if (state.start === 0) return
      const through = limit()
      for (;;) {
        const tick = nextWork()
        const late = corrections.lateAfter()
        if (late < tick && late <= Math.max(through, state.sealed)) {
          state.sealed = Math.max(state.sealed, late)
          correct(corrections.takeLate(), late + policy.tickMs, said)
        } else if (tick <= through) seal(tick, said)
        else break
      }
      if (through > state.sealed) state.sealed = through
      forgetPlaces(state, policy)
    },
    wantsInput: () => state.start === 0 || watermark() < gate(),
    provisional(id) {
      const enterprise = state.enterprises.get(id)
      const newest = enterprise?.entries.at(-1)
      if (enterprise === undefined || newest === undefined) return undefined
      const tick = Math.max(state.sealed, tickAfter(newest.known, policy))
      const evaluation = evaluate(enterprise, tick, side, policy)
      if (!isChange(enterprise.last, evaluation)) return undefined
      return toRiskPoint(enterprise, tick, evaluation, policy, tick)
    },
    standing(id) {
      const enterprise = state.enterprises.get(id)
      const last = enterprise?.last ?? null
      if (enterprise === undefined || last === null) return undefined
      const { effective } = last
      const then = evaluate(enterprise, effective, side, policy)
      if (!isChange(last, then)) return toRiskPoint(enterprise, effective, then, policy, effective)
      // Detectors of readings keep no past: they say the same as of now.
      const now = evaluate(enterprise, state.sealed, side, policy)
      return toRiskPoint(enterprise, state.sealed, now, policy, state.sealed)
    },
  }
}

/** All that was known of it has been taken back before it was ever judged: as if nothing had come. */
function hasNothingStanding({ entries, sensors }: EnterpriseState): boolean {
  return entries.length > 0 && !entries.some(isStanding) && Object.keys(sensors).length === 0
}

function isRenamed(
  last: LastPoint | null,
  { name, district, industry }: Pick<Attributes, 'name' | 'district' | 'industry'>,
): boolean {
  return last === null || last.name !== name || last.district !== district || last.industry !== industry
}

/** The very same version came before. */
function isHeld(entries: readonly Entry[], { id, version, content }: Entry): boolean {
  return entries.some((one) => one.id === id && one.version === version && one.content === content)
}

/** A newer version that says of the past what the version before it said: no score can differ for it. */
function repeatsNewest(entries: readonly Entry[], entry: Entry): boolean {
  const same = entries.filter((one) => one.id === entry.id)
  return same.some(
    (one) =>
      one.until === FOREVER &&
      one.version < entry.version &&
      one.known === entry.known &&
      one.dated === entry.dated &&
      one.value === entry.value &&
      one.gone === entry.gone &&
      one.hits.length === entry.hits.length &&
      one.hits.every((hit, index) => hit === entry.hits[index]) &&
      JSON.stringify(one.facts) === JSON.stringify(entry.facts),
  )
}

/** What was seen of places matters only until its period is sealed: an older arrival is late anyway. */
function forgetPlaces(state: ShardState, policy: CompiledPolicy): void {
  for (const [id, known] of state.seenPlaces) {
    if (known >= state.sealed - policy.periodMs) break
    state.seenPlaces.delete(id)
  }
}
