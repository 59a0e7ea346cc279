import type { Progress } from '../core/event-log.ts'
import { attributesAt } from './attributes.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import type { EnterpriseState } from './enterprise.ts'
import { type Entry, FOREVER, isActive } from './entry.ts'
import type { Indicator } from './indicators/indicator.ts'
import { isBroken, mergeOutages, noteTurn } from './outages.ts'
import type { ShardState } from './shard-state.ts'
import type { Side } from './side.ts'
import { nextTick } from './timeline.ts'
import type { Timers } from './timers.ts'

/** Takes in how feeds turned: one that is well again lets time go on for whom its outage has held. */
export function takeTurns(
  progress: readonly Progress[],
  state: ShardState,
  side: Side,
  timers: Timers,
  policy: CompiledPolicy,
): void {
  const recovered = new Set<string>()
  for (const { feed, turned } of progress) {
    if (turned === undefined || !noteTurn(state.outages, feed, isBroken(turned.to), turned.at)) continue
    if (!isBroken(turned.to)) recovered.add(feed)
  }
  mergeOutages(side.outages, state.outages)
  wakeHeld(recovered, state, side, timers, policy)
}

/**
 * Wakes what a broken feed has held: whoever was judged meanwhile had nothing to wait for, since nobody could say when
 * its time would go on. Once the feed is well each gets the tick at which it would fall due, one by one as they stood
 * before. Nothing is judged here: an outage that ends costs a look at each enterprise, not a score.
 */
function wakeHeld(
  feeds: ReadonlySet<string>,
  state: ShardState,
  side: Side,
  timers: Timers,
  policy: CompiledPolicy,
): void {
  const held = policy.indicators.flatMap((indicator, index) =>
    indicator.policy.kind === 'absence' && feeds.has(indicator.policy.feed) ? [{ indicator, index }] : [],
  )
  if (held.length === 0) return
  const { enterprises } = state
  for (const enterprise of enterprises.each()) {
    for (const { indicator, index } of held) {
      const counted = countedBy(enterprise, index, state.sealed, policy)
      if (counted.length === 0) continue
      const next = nextTick(state.sealed, readAlone(indicator, enterprise, counted, state.sealed, side), policy)
      if (next >= enterprises.next(enterprise.number) || next === FOREVER) continue
      enterprises.setNext(enterprise.number, next)
      timers.add(next, enterprise.number)
    }
  }
}

function countedBy(enterprise: EnterpriseState, indicator: number, tick: number, policy: CompiledPolicy): Entry[] {
  return enterprise.entries.filter(
    (entry) => isActive(entry, tick) && entry.hits.some((hit) => policy.selectionAt[hit]?.[0] === indicator),
  )
}

function readAlone(
  indicator: Indicator,
  enterprise: EnterpriseState,
  counted: readonly Entry[],
  tick: number,
  side: Side,
): number {
  const firstKnown = enterprise.entries[0]?.known ?? tick
  const view = { tick, enterprise, attributes: attributesAt(enterprise, tick), side, firstKnown }
  return indicator.read(view, [counted]).until
}
