import { StatementError } from './owner-statement.ts'

/** Runs at most `width` tasks at once, in order; refuses more than `bound` waiting ones. */
export interface Lane {
  run<Result>(task: () => Promise<Result>, abandoned: AbortSignal): Promise<Result>
  /** Resolves once nothing runs and nothing waits. */
  idle(): Promise<void>
}

export function createLane(width: number, bound: number): Lane {
  const waiting: (() => void)[] = []
  const idlers: (() => void)[] = []
  let running = 0

  function released(): void {
    const next = waiting.shift()
    if (next !== undefined) {
      next()
      return
    }
    running -= 1
    if (running === 0) for (const idler of idlers.splice(0)) idler()
  }

  return {
    async run(task, abandoned) {
      if (running < width) running += 1
      else {
        if (waiting.length >= bound) {
          throw new StatementError(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', `${bound} statements are already waiting`)
        }
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      try {
        if (abandoned.aborted)
          throw new StatementError(394, 'QUERY_WAS_CANCELLED', 'Nobody waits for this statement any more')
        return await task()
      } finally {
        released()
      }
    },
    async idle() {
      if (running > 0) await new Promise<void>((resolve) => idlers.push(resolve))
    },
  }
}
