import type { CompiledPolicy } from './compile-policy.ts'
import { type PlaceSurge, readPlace } from './indicators/ties.ts'
import type { Side } from './side.ts'

/** Which places mean something else from a tick on: asked once for a place, not once for each enterprise in it. */
export interface Surges {
  changed(place: string, tick: number): boolean
}

export function createSurges(side: Side, policy: CompiledPolicy): Surges {
  const indicators = policy.indicators.flatMap(({ policy: one }): PlaceSurge[] =>
    one.kind === 'place-surge' ? [one] : [],
  )
  const { periodMs } = policy
  let memoTick = 0
  let memo = new Map<string, boolean>()

  function compute(place: string, tick: number): boolean {
    return indicators.some(
      (one) =>
        readPlace(one, place, tick, side, periodMs).intensity !==
        readPlace(one, place, tick - periodMs, side, periodMs).intensity,
    )
  }

  return {
    changed(place, tick) {
      if (indicators.length === 0) return false
      if (tick !== memoTick) {
        memoTick = tick
        memo = new Map()
      }
      const known = memo.get(place)
      if (known !== undefined) return known
      const changed = compute(place, tick)
      memo.set(place, changed)
      return changed
    },
  }
}
