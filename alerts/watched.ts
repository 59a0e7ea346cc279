import type { Notice, Warning } from '../core/warning.ts'
import type { AlertReason } from './alert-reason.ts'
import { decideWarning, type Evidence } from './lifecycle.ts'
import { noticeOf } from './notice.ts'

/** A subject with its newest warning, and who knows of it. */
export interface Watched {
  readonly warning: Warning | undefined
  /** Everyone who was told of this warning: whoever was told once is told of every later change. */
  readonly receivers: readonly string[]
  /** Ids of the last decisions carried out: one that comes again does nothing. */
  readonly decisions: readonly string[]
}

export const NOT_WATCHED: Watched = { warning: undefined, receivers: [], decisions: [] }

const DECISIONS_KEPT = 16

export interface WatchedOutcome {
  readonly watched: Watched
  readonly reason: AlertReason
  /** The new revision, where there is one. */
  readonly changed: Warning | undefined
  readonly notices: readonly Notice[]
}

export function decideWatched(watched: Watched, evidence: Evidence, now: number): WatchedOutcome {
  const { next, say, reason } = decideWarning(watched.warning, evidence, now)
  if (say === 'nothing' || next === undefined) {
    return { watched: { ...watched, warning: next }, reason, changed: undefined, notices: [] }
  }
  const knowing = next.id === watched.warning?.id ? watched.receivers : []
  if (say === 'record') return { watched: { ...watched, warning: next }, reason, changed: next, notices: [] }
  const receivers = [...new Set([...knowing, next.receiver])]
  const notices = receivers.map((receiver) => noticeOf(next, receiver))
  return { watched: { ...watched, warning: next, receivers }, reason, changed: next, notices }
}

export function withDecision(watched: Watched, decision: string): Watched {
  return { ...watched, decisions: [...watched.decisions, decision].slice(-DECISIONS_KEPT) }
}
