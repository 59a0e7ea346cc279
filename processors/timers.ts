import { withPlace } from './state/number-arrays.ts'

/** A binary heap of (tick, number of an enterprise): stale pairs stay in it for a while and are recognised by who asks. */
export interface Timers {
  add(tick: number, number: number): void
  /** The earliest tick, Infinity when empty. */
  soonest(): number
  /** Takes out every number due at or before `tick`. */
  due(tick: number): readonly number[]
  /** Pairs, stale ones among them. */
  size(): number
}

const NOBODY: readonly number[] = []
/** So many pairs stand for nothing that they may be stale. */
const FEW = 1_024

/**
 * `isStale`: the pair says nothing any more. They are thrown out whenever there are twice as many pairs as were left the
 * last time: whose time is put off again and again would fill the memory.
 */
export function createTimers(isStale: (tick: number, number: number) => boolean = () => false): Timers {
  // Two arrays side by side: a heap of pairs spends most of its time on reaching into them.
  let ticks = new Float64Array(0)
  let numbers = new Uint32Array(0)
  let count = 0
  let most = FEW

  function put(at: number, tick: number, number: number): void {
    ticks[at] = tick
    numbers[at] = number
  }

  function rise(tick: number, number: number): void {
    let at = count
    count += 1
    ticks = withPlace(ticks, at)
    numbers = withPlace(numbers, at)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = ticks[parent] ?? 0
      if (above <= tick) break
      put(at, above, numbers[parent] ?? 0)
      at = parent
    }
    put(at, tick, number)
  }

  /** Puts the pair in where the first one was taken out. */
  function sink(tick: number, number: number): void {
    let at = 0
    for (let child = 1; child < count; child = at * 2 + 1) {
      let least = ticks[child] ?? Number.POSITIVE_INFINITY
      const right = child + 1 < count ? (ticks[child + 1] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
      if (right < least) {
        least = right
        child += 1
      }
      if (least >= tick) break
      put(at, least, numbers[child] ?? 0)
      at = child
    }
    put(at, tick, number)
  }

  function throwOutStale(): void {
    const all = count
    count = 0
    for (let at = 0; at < all; at++) {
      const tick = ticks[at] ?? 0
      const number = numbers[at] ?? 0
      // Pairs move towards the front alone, so that none is overwritten before it was looked at.
      if (!isStale(tick, number)) rise(tick, number)
    }
    most = Math.max(FEW, count * 2)
  }

  return {
    add(tick, number) {
      if (tick >= Number.MAX_SAFE_INTEGER) return
      rise(tick, number)
      if (count > most) throwOutStale()
    },
    size: () => count,
    soonest: () => (count === 0 ? Number.POSITIVE_INFINITY : (ticks[0] ?? Number.POSITIVE_INFINITY)),
    due(tick) {
      if (count === 0 || (ticks[0] ?? 0) > tick) return NOBODY
      const due: number[] = []
      while (count > 0 && (ticks[0] ?? 0) <= tick) {
        due.push(numbers[0] ?? 0)
        count -= 1
        if (count > 0) sink(ticks[count] ?? 0, numbers[count] ?? 0)
      }
      return due
    },
  }
}
