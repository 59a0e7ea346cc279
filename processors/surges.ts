import type { CompiledPolicy } from './compile-policy.ts'
import { type PlaceSurge, readPlace } from './indicators/ties.ts'
import type { Side } from './side.ts'

/** Which places mean something else from a tick on: found once for a place, not once for each enterprise in it. */
export interface Surges {
  /** Places that read differently at this tick than one period before. */
  changedAt(tick: number): ReadonlySet<string>
  /** Whether this place does, asked for a past that is judged anew. */
  changes(place: string, tick: number): boolean
  /** All shards have sealed this tick: what was found for it and before is not asked for again. */
  forget(sealed: number): void
  /** Ticks of which it knows the places. */
  held(): number
}

const NONE: ReadonlySet<string> = new Set()

export function createSurges(side: Side, policy: CompiledPolicy): Surges {
  const indicators = policy.indicators.flatMap(({ policy: one }): PlaceSurge[] =>
    one.kind === 'place-surge' ? [one] : [],
  )
  const cells = [...new Set(indicators.map((one) => one.cell))]
  const found = new Map<number, ReadonlySet<string>>()
  /** Readings of the newest tick that was looked at: the next one is held against them. */
  let newest = { tick: 0, readings: new Map<string, string>() }

  function read(place: string, tick: number): string {
    return indicators.map((one) => readPlace(one, place, tick, side, policy.periodMs).intensity).join(' ')
  }

  function readAll(tick: number): Map<string, string> {
    const readings = new Map<string, string>()
    for (const cell of cells) {
      for (const place of side.keysOf(cell)) {
        if (readings.has(place)) continue
        const reading = read(place, tick)
        if (reading !== SILENT[indicators.length]) readings.set(place, reading)
      }
    }
    return readings
  }

  function compute(tick: number): ReadonlySet<string> {
    const before = newest.tick === tick - policy.periodMs ? newest.readings : readAll(tick - policy.periodMs)
    const now = readAll(tick)
    if (tick > newest.tick) newest = { tick, readings: now }
    const changed = new Set<string>()
    for (const [place, reading] of now) if (before.get(place) !== reading) changed.add(place)
    for (const place of before.keys()) if (!now.has(place)) changed.add(place)
    return changed.size === 0 ? NONE : changed
  }

  return {
    changedAt(tick) {
      if (indicators.length === 0) return NONE
      const known = found.get(tick)
      if (known !== undefined) return known
      const changed = compute(tick)
      found.set(tick, changed)
      return changed
    },
    changes: (place, tick) => indicators.length > 0 && read(place, tick) !== read(place, tick - policy.periodMs),
    forget(sealed) {
      for (const tick of found.keys()) if (tick <= sealed) found.delete(tick)
    },
    held: () => found.size,
  }
}

/** What an array of that many zeros reads like. */
const SILENT: readonly string[] = Array.from({ length: 33 }, (_, count) => new Array(count).fill(0).join(' '))
