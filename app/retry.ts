import { setTimeout as delay } from 'node:timers/promises'
import { Retryable } from '../core/errors.ts'

const FIRST_MS = 50
const LONGEST_MS = 5_000

/** What whoever waits at a console reads of a failure that is tried again. */
export function retryWords({ message }: Error): string {
  return `存储暂时不可用,正在重试(${message}) / A store is not available just now and is tried again: ${message}`
}

export type Retry = (work: () => Promise<void>) => Promise<void>

/**
 * Runs the work again, ever more slowly, while it fails with `Retryable`; everything else propagates. Ends with the
 * signal's reason when that is raised while waiting. `told` hears of each failure; `pause` waits so many milliseconds.
 */
export function createRetry(
  signal: AbortSignal,
  told: (error: Retryable, attempt: number) => void,
  pause: (ms: number) => Promise<unknown> = (ms) => delay(ms, undefined, { signal }),
): Retry {
  return async (work) => {
    for (let attempt = 0; ; attempt++) {
      try {
        await work()
        return
      } catch (error) {
        if (!(error instanceof Retryable)) throw error
        told(error, attempt)
        await pause(Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10)))
      }
    }
  }
}
