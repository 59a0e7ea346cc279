import type { Notice, Warning } from '../core/warning.ts'
import type { AlertReason } from './alert-reason.ts'
import type { WatchedOutcome } from './watched.ts'

export interface Change {
  readonly warning: Warning
  readonly reason: AlertReason
}

/** What one batch of entries came to. */
export interface Said {
  /** Every new revision, in the order in which they came about. */
  readonly changes: readonly Change[]
  readonly notices: readonly Notice[]
  /** One for every judgement, also where nothing was said: why this fired, and why that did not. */
  readonly reasons: Readonly<Partial<Record<AlertReason, number>>>
}

/** Gathers what is said while a batch is folded. */
export interface Saying {
  count(reason: AlertReason): void
  outcome(outcome: WatchedOutcome): void
  said(): Said
}

export function createSaying(): Saying {
  const changes: Change[] = []
  const notices: Notice[] = []
  const reasons: Partial<Record<AlertReason, number>> = {}
  function count(reason: AlertReason): void {
    reasons[reason] = (reasons[reason] ?? 0) + 1
  }
  return {
    count,
    outcome({ changed, reason, notices: made }) {
      count(reason)
      if (changed !== undefined) changes.push({ warning: changed, reason })
      notices.push(...made)
    },
    said: () => ({ changes, notices, reasons }),
  }
}
