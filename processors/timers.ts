/** A binary heap of (tick, enterprise): stale pairs stay in it and are recognised by who asks. */
export interface Timers {
  add(tick: number, id: string): void
  /** The earliest tick, Infinity when empty. */
  soonest(): number
  /** Takes out every id due at or before `tick`. */
  due(tick: number): string[]
}

export function createTimers(): Timers {
  // Two arrays side by side: a heap of pairs spends most of its time on reaching into them.
  const ticks: number[] = []
  const ids: string[] = []

  function put(at: number, tick: number, id: string): void {
    ticks[at] = tick
    ids[at] = id
  }

  function rise(tick: number, id: string): void {
    let at = ticks.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = ticks[parent] ?? 0
      if (above <= tick) break
      put(at, above, ids[parent] ?? '')
      at = parent
    }
    put(at, tick, id)
  }

  /** Puts the pair in where the first one was taken out. */
  function sink(tick: number, id: string): void {
    const count = ticks.length
    let at = 0
    for (let child = 1; child < count; child = at * 2 + 1) {
      let least = ticks[child] ?? Number.POSITIVE_INFINITY
      const right = ticks[child + 1] ?? Number.POSITIVE_INFINITY
      if (right < least) {
        least = right
        child += 1
      }
      if (least >= tick) break
      put(at, least, ids[child] ?? '')
      at = child
    }
    put(at, tick, id)
  }

  return {
    add(tick, id) {
      if (tick < Number.MAX_SAFE_INTEGER) rise(tick, id)
    },
    soonest: () => ticks[0] ?? Number.POSITIVE_INFINITY,
    due(tick) {
      const due: string[] = []
      for (let first = ticks[0]; first !== undefined && first <= tick; first = ticks[0]) {
        due.push(ids[0] ?? '')
        const [lastTick, lastId] = [ticks.pop(), ids.pop()]
        if (lastTick !== undefined && lastId !== undefined && ticks.length > 0) sink(lastTick, lastId)
      }
      return due
    },
  }
}
