import type { Progress } from '../core/event-log.ts'
import { type Observation, retractedBy } from '../core/observation.ts'
import { floorToGrid } from '../core/time.ts'
import { addEntry } from './add-entry.ts'
import { attributesAt } from './attributes.ts'
import { closePeriod, tieInto } from './cell-count.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import { correct } from './correct.ts'
import { type Correction, type Corrections, createCorrections } from './corrections.ts'
import type { Attributes, EnterpriseState, LastPoint } from './enterprise.ts'
import { type Entry, isStanding, toEntry } from './entry.ts'
import { evaluate, isChange, toLastPoint } from './evaluate.ts'
import { takeTurns } from './held.ts'
import { mergeOutages } from './outages.ts'
import { createPending, forgetPlaces, isOfPlace, mergeTail, type Pending } from './pending.ts'
import { createRebuilds, type Rebuilds, type Rebuilt } from './rebuilds.ts'
import { type SaidPoint, toRiskPoint } from './risk-line.ts'
import type { Said } from './said.ts'
import { createShardClock, type ShardClock } from './shard-clock.ts'
import type { ShardState } from './shard-state.ts'
import { createShardTotals, type ShardTotals } from './shard-totals.ts'
import type { Side } from './side.ts'
import type { Surges } from './surges.ts'
import { nextTick, tickAfter } from './timeline.ts'
import { createTimers, type Timers } from './timers.ts'

export interface ShardFold {
  readonly state: ShardState
  readonly totals: ShardTotals
  /** Takes in a batch: its lines, then how far time has come. */
  observe(observations: readonly Observation[], progress: readonly Progress[], said: Said): void
  /** Seals every tick that watermark and sealed periods allow, in order. */
  elapse(said: Said): void
  /** Observations that wait for time to come. */
  waiting(): number
  /** Only reading on brings this shard's time forward; otherwise it waits for what the whole city says. */
  wantsInput(): boolean
  /** The enterprise as it stands with everything that has arrived, where that differs from what is sealed. */
  provisional(id: string): SaidPoint | undefined
  /** The enterprise as it was sealed last; `undefined` where it never was. */
  standing(id: string): SaidPoint | undefined
}

export function createShardFold(state: ShardState, side: Side, surges: Surges, policy: CompiledPolicy): ShardFold {
  const offset = policy.realm.zoneOffsetMinutes
  const { enterprises, reach } = state
  /** When time alone changes an enterprise; one that was judged since is found stale by its `next`. */
  const timers: Timers = createTimers((tick, number) => enterprises.next(number) !== tick)
  /** When something that has arrived is to be judged. */
  const arrivals: Timers = createTimers()
  const clock: ShardClock = createShardClock(state, side, policy)
  const pending: Pending = createPending(state, policy)
  const rebuilds: Rebuilds = createRebuilds(state, side, surges, policy)
  const totals: ShardTotals = createShardTotals(state, policy.realm)
  mergeOutages(side.outages, state.outages)
  const corrections: Corrections = createCorrections(state, policy.tickMs)
  for (let number = 0; number < enterprises.size(); number++) timers.add(enterprises.next(number), number)
  for (const { number, entries } of enterprises.knownSince(state.sealed)) {
    for (const { known } of entries) if (known >= state.sealed) arrivals.add(tickAfter(known, policy), number)
  }

  function observeOne(observation: Observation, said: Said): void {
    const tick = tickAfter(observation.known, policy)
    const late = tick <= state.promised
    if (observation.kind === 'sensor-reading' || isOfPlace(observation)) {
      // It speaks with its tick: until then nothing of it is in any score.
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
    const enterprise = enterprises.named(observation.subject)
    if (!addEntry(enterprise, entryOf(observation))) return
    said.touched.add(enterprise.id)
    arrivals.add(tick, enterprise.number)
    // The enterprise has it; only what cells count as well is needed once more. Of a register that is all the difference.
    if (policy.countsKind(observation.kind)) state.pending.push(observation)
  }

  function entryOf(observation: Observation): Entry {
    return toEntry(observation, policy)
  }

  /** Corrections go in, and the past of whom they concern is said anew as it is known from `recorded` on. */
  function rebuild(taken: readonly Correction[], recorded: number, said: Said): void {
    if (taken.length === 0) return
    correct(taken, recorded, entryOf, state, rebuilds, policy)
    for (const one of rebuilds.settle(recorded, timers, totals)) sayRebuilt(one, recorded, said)
  }

  function sayRebuilt({ enterprise, points, standing, before }: Rebuilt, recorded: number, said: Said): void {
    for (const point of points) said.changes.push({ ...point, before: null })
    said.standing.set(enterprise.id, { point: standing, recorded })
    const { last } = enterprise
    if (last === null) return
    const attributes = attributesAt(enterprise, recorded)
    reach.place(enterprise.number, attributes)
    if (isRenamed(before, last)) said.registered.push({ enterprise: enterprise.id, tick: recorded, attributes })
    // Periods that are sealed stay as they were said; from now on the group hears what stands.
    if (before !== null && before.own !== last.own) tie(attributes, enterprise.id, last.own, recorded)
  }

  function nextWork(): number {
    const first = pending.first()
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
    rebuild(corrections.takeDue(tick), tick, said)
    const due = new Set(arrivals.due(tick))
    for (const number of timers.due(tick)) if (enterprises.next(number) <= tick) due.add(number)
    pending.take(tick, due)
    if (tick === policy.from) for (let number = 0; number < enterprises.size(); number++) due.add(number)
    const isPeriodEnd = floorToGrid(tick, policy.periodMs, offset) === tick
    if (isPeriodEnd) addReached(tick, due)
    for (const number of inOrder(due)) judge(enterprises.at(number), tick, said)
    state.sealed = tick
    if (!isPeriodEnd) return
    const partial = closePeriod(state.open, state.shard, state.start, tick - policy.periodMs, policy)
    if (partial !== undefined) said.partials.push(partial)
  }

  /** Whom a change of what the city says of a place or an owner's group concerns. */
  function addReached(tick: number, due: Set<number>): void {
    const owners = side.ownersChangedAt(tick)
    const places = surges.changedAt(tick)
    for (const number of reach.perhapsReachedBy(owners, places)) {
      if (due.has(number)) continue
      const attributes = attributesAt(enterprises.at(number), tick)
      if (places.has(attributes.place) || attributes.owners.some((owner) => owners.has(owner))) due.add(number)
    }
  }

  /** What a shard says of a tick goes by the ids, whatever the numbers. */
  function inOrder(due: ReadonlySet<number>): Iterable<number> {
    if (due.size < 2) return due
    return [...due].sort((left, right) => (enterprises.idOf(left) < enterprises.idOf(right) ? -1 : 1))
  }

  function judge(enterprise: EnterpriseState, tick: number, said: Said): void {
    const { id, number, last } = enterprise
    const evaluation = evaluate(enterprise, tick, side, policy)
    if (last === null && hasNothingStanding(enterprise)) return
    reach.place(number, evaluation.attributes)
    if (isChange(last, evaluation) || tick === policy.from) {
      if (tick >= policy.from) {
        const { point, line } = toRiskPoint(enterprise, tick, evaluation, policy, tick)
        said.changes.push({ point, line, before: last })
      }
      if (isRenamed(last, evaluation.attributes)) {
        said.registered.push({ enterprise: id, tick, attributes: evaluation.attributes })
      }
      if (last?.own !== evaluation.own) tie(evaluation.attributes, id, evaluation.own, tick)
      enterprise.last = toLastPoint(tick, evaluation)
      totals.move(last, enterprise.last)
    }
    const next = nextTick(tick, evaluation.until, policy)
    if (next === enterprises.next(number)) return
    enterprises.setNext(number, next)
    timers.add(next, number)
  }

  function tie(attributes: Attributes, id: string, own: number, tick: number): void {
    for (const owner of attributes.owners) tieInto(state.open, owner, id, own, tick, policy)
  }

  return {
    state,
    totals,
    observe(observations, progress, said) {
      clock.hear(progress, observations)
      state.batches += 1
      const before = state.pending.length
      for (const observation of observations) observeOne(observation, said)
      mergeTail(state.pending, before)
      clock.promise()
      if (progress.some(({ turned }) => turned !== undefined)) takeTurns(progress, state, side, timers, policy)
      enterprises.rest()
    },
    elapse(said) {
      if (state.start === 0) return
      const through = clock.limit()
      for (;;) {
        const tick = nextWork()
        const late = corrections.lateAfter()
        if (late < tick && late <= Math.max(through, state.sealed)) {
          state.sealed = Math.max(state.sealed, late)
          rebuild(corrections.takeLate(), late + policy.tickMs, said)
        } else if (tick <= through) seal(tick, said)
        else break
        enterprises.rest()
      }
      pending.drop()
      if (through > state.sealed) state.sealed = through
      forgetPlaces(state, policy)
    },
    waiting: () => Math.max(state.pending.length, arrivals.size()),
    wantsInput: clock.wantsInput,
    provisional(id) {
      const enterprise = enterprises.get(id)
      const newest = enterprise?.entries.at(-1)
      if (enterprise === undefined || newest === undefined) return undefined
      const tick = Math.max(state.sealed, tickAfter(newest.known, policy))
      const evaluation = evaluate(enterprise, tick, side, policy)
      if (!isChange(enterprise.last, evaluation)) return undefined
      return toRiskPoint(enterprise, tick, evaluation, policy, tick)
    },
    standing(id) {
      const enterprise = enterprises.get(id)
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
  return entries.length > 0 && !entries.some(isStanding) && sensors.size === 0
}

function isRenamed(
  last: LastPoint | null,
  { name, district, industry }: Pick<Attributes, 'name' | 'district' | 'industry'>,
): boolean {
  return last === null || last.name !== name || last.district !== district || last.industry !== industry
}
