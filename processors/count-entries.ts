import type { CompiledPolicy } from './compile-policy.ts'
import type { Counted, EnterpriseState } from './enterprise.ts'
import { type Entry, FOREVER, isActive } from './entry.ts'
import type { Indicator } from './indicators/indicator.ts'

/** With fewer entries than these there is nothing to gain by keeping the lists. */
const MANY = 8

/** Sorts the active entries by the selections that count them. */
export function countEntries(enterprise: EnterpriseState, tick: number, policy: CompiledPolicy): Counted {
  const { entries, counted } = enterprise
  if (counted !== undefined && tick >= counted.at && tick <= counted.through) {
    return countOn(counted, entries, tick, policy)
  }
  const anew: Counted = { lists: [], readings: [], at: tick, seen: 0, through: FOREVER }
  enterprise.counted = entries.length < MANY ? undefined : anew
  return countOn(anew, entries, tick, policy)
}

/** Adds those that became known since the tick before. */
function countOn(counted: Counted, entries: readonly Entry[], tick: number, policy: CompiledPolicy): Counted {
  const { lists } = counted
  counted.at = tick
  for (let entry = entries[counted.seen]; entry !== undefined && entry.known < tick; entry = entries[counted.seen]) {
    counted.seen += 1
    const { hits } = entry
    if (hits.length === 0 || !isActive(entry, tick)) continue
    if (entry.until < counted.through) counted.through = entry.until
    for (const hit of hits) {
      const at = policy.selectionAt[hit]
      if (at === undefined) continue
      const [indicator, selection] = at
      counted.readings[indicator] = undefined
      const own = lists[indicator]
      if (own === undefined) lists[indicator] = firstCounted(entry, selection, policy.indicators[indicator])
      else own[selection]?.push(entry)
    }
  }
  return counted
}

/** Most indicators have one selection, and most of those that count anything count one entry. */
function firstCounted(entry: Entry, selection: number, indicator: Indicator | undefined): Entry[][] {
  const lists: Entry[][] = []
  for (let i = indicator?.selections.length ?? 0; i > 0; i--) lists.push([])
  lists[selection]?.push(entry)
  return lists
}
