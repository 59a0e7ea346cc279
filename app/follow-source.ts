import { setTimeout as delay } from 'node:timers/promises'
import { Refusal, Retryable } from '../core/errors.ts'

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 15 * 60_000

export interface Following {
  readonly everyMs: number
  /** Answers whether there is more to be taken at once. */
  readonly look: () => Promise<boolean>
  readonly onFault: (error: Retryable | Refusal, waitMs: number) => void
  readonly signal: AbortSignal
}

/**
 * Looks again and again until the signal is raised; after a fault later and later, and not before the other side asked
 * us to. What a person has to mend is tried again too: it is mended there, not here.
 * Errors: what is neither `Retryable` nor `Refusal`.
 */
export async function follow({ everyMs, look, onFault, signal }: Following): Promise<void> {
  let faults = 0
  while (!signal.aborted) {
    let wait = everyMs
    try {
      const more = await look()
      faults = 0
      if (more) continue
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof Retryable) && !(error instanceof Refusal)) throw error
      wait = waitAfter(++faults, error instanceof Retryable ? error.retryAfterMs : undefined)
      onFault(error, wait)
    }
    await rest(wait, signal)
  }
}

/** Milliseconds after so many faults in a row. */
export function waitAfter(faults: number, askedMs: number | undefined): number {
  const doubled = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(faults - 1, 20))
  return Math.min(LONGEST_WAIT_MS, Math.max(doubled, askedMs ?? 0))
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
