import { Retryable } from '../core/errors.ts'

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 10_000

export interface PatiencePorts {
  readonly pause: (ms: number) => Promise<void>
  readonly retrying: (code: string, waitMs: number) => void
}

/**
 * Does `action` until it succeeds or fails for good, with doubling waits while it is `Retryable`. Undefined: it was
 * given up because `signal` is aborted. It is tried once even then.
 */
export async function patiently<Value>(
  { pause, retrying }: PatiencePorts,
  signal: AbortSignal,
  action: () => Promise<Value>,
): Promise<{ readonly value: Value } | undefined> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return { value: await action() }
    } catch (error) {
      if (!(error instanceof Retryable)) throw error
      if (signal.aborted) return undefined
      const asked = Math.min(error.retryAfterMs ?? waitMs, LONGEST_WAIT_MS)
      retrying(error.code, asked)
      await pause(asked)
    }
  }
}
