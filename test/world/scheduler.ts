import { nextTick } from 'node:process'

/** Virtual time: nothing waits, the clock is moved to what comes next. Milliseconds, UTC where they are instants. */
export interface Scheduler {
  now(): number
  after(delayMs: number, run: () => void): void
  /** Carries out what is due, in the order of time, until `isOver`; false where nothing is left or `until` has passed. */
  run(isOver: () => boolean, until: number): Promise<boolean>
}

interface Due {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

export function createScheduler(start: number): Scheduler {
  const heap: Due[] = []
  let now = start
  let order = 0

  function isBefore(left: Due, right: Due): boolean {
    return left.at < right.at || (left.at === right.at && left.order < right.order)
  }

  function push(due: Due): void {
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !isBefore(due, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = due
  }

  function pop(): Due | undefined {
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (let child = 1; child < heap.length; child = at * 2 + 1) {
      const left = heap[child]
      const right = heap[child + 1]
      const least = right !== undefined && left !== undefined && isBefore(right, left) ? right : left
      if (least === undefined || !isBefore(least, last)) break
      heap[at] = least
      at = least === right ? child + 1 : child
    }
    heap[at] = last
    return first
  }

  return {
    now: () => now,
    after(delayMs, run) {
      push({ at: now + delayMs, order: order++, run })
    },
    async run(isOver, until) {
      while (!isOver()) {
        const due = pop()
        if (due === undefined || due.at > until) return false
        now = due.at
        due.run()
        await settled()
      }
      return true
    },
  }
}

/** Resolves once every promise that could go on has gone on: the queue of ticks is asked again after that of promises. */
function settled(): Promise<void> {
  return new Promise((resolve) => nextTick(resolve))
}
