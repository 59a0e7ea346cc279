import type { Clock } from '../core/time.ts'

/** The one place where wall time is read. */
export const systemClock: Clock = { now: () => Date.now() }
