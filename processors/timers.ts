/** A binary heap of (tick, enterprise): stale pairs stay in it and are recognised by who asks. */
export interface Timers {
  add(tick: number, id: string): void
  /** The earliest tick, Infinity when empty. */
  soonest(): number
  /** Takes out every id due at or before `tick`. */
  due(tick: number): string[]
}

export function createTimers(): Timers {
  const heap: (readonly [number, string])[] = []

  function swapDown(from: number): void {
    let at = from
    for (;;) {
      const left = at * 2 + 1
      let least = at
      if ((heap[left]?.[0] ?? Number.POSITIVE_INFINITY) < (heap[least]?.[0] ?? Number.POSITIVE_INFINITY)) least = left
      if ((heap[left + 1]?.[0] ?? Number.POSITIVE_INFINITY) < (heap[least]?.[0] ?? Number.POSITIVE_INFINITY))
        least = left + 1
      if (least === at) return
      swap(at, least)
      at = least
    }
  }

  function swap(one: number, other: number): void {
    const first = heap[one]
    const second = heap[other]
    if (first === undefined || second === undefined) return
    heap[one] = second
    heap[other] = first
  }

  function take(): string | undefined {
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined) return undefined
    if (heap.length > 0) {
      heap[0] = last
      swapDown(0)
    }
    return top[1]
  }

  return {
    add(tick, id) {
      if (tick >= Number.MAX_SAFE_INTEGER) return
      heap.push([tick, id])
      for (let at = heap.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1
        if ((heap[parent]?.[0] ?? 0) <= tick) break
        swap(at, parent)
        at = parent
      }
    },
    soonest: () => heap[0]?.[0] ?? Number.POSITIVE_INFINITY,
    due(tick) {
      const ids: string[] = []
      while ((heap[0]?.[0] ?? Number.POSITIVE_INFINITY) <= tick) {
        const id = take()
        if (id !== undefined) ids.push(id)
      }
      return ids
    },
  }
}
