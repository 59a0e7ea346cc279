import type { Observation } from '../core/observation.ts'
import { addEntry, firstChangedBy } from './add-entry.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import type { Correction } from './corrections.ts'
import { type Entry, FOREVER } from './entry.ts'
import type { Rebuilds } from './rebuilds.ts'
import type { ShardState } from './shard-state.ts'
import { tickAfter } from './timeline.ts'

/** Puts corrections in, having told `rebuilds` first whose past they change and from when on. */
export function correct(
  taken: readonly Correction[],
  recorded: number,
  entryOf: (observation: Observation) => Entry,
  state: ShardState,
  rebuilds: Rebuilds,
  policy: CompiledPolicy,
): void {
  const { enterprises } = state
  const from = new Map<string, number>()
  for (const { observation } of taken) {
    const { entries } = enterprises.named(observation.subject)
    const tick = tickAfter(firstChangedBy(entries, entryOf(observation)), policy)
    from.set(observation.subject, Math.min(from.get(observation.subject) ?? tick, tick))
  }
  for (const { observation, late } of taken) {
    const enterprise = enterprises.named(observation.subject)
    const entry = entryOf(observation)
    if (isHeld(enterprise.entries, entry)) continue
    if (!repeatsNewest(enterprise.entries, entry)) {
      rebuilds.before(enterprise, from.get(enterprise.id) ?? 0, recorded - policy.tickMs)
    }
    addEntry(enterprise, entry)
    if (late) state.late += 1
  }
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
