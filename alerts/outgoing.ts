import type { OutgoingBatch } from '../core/event-log.ts'
import { canonicalJson } from '../core/hash.ts'
import type { RealmPolicy } from '../core/policy.ts'
import { DAY_MS } from '../core/time.ts'
import type { Notice, Warning } from '../core/warning.ts'

/** Why a notice is kept and not sent; `made`: it is sent. The column `state` of the table `notices`. */
export type NoticeState = 'made' | 'no-address' | 'replayed' | 'too-old'

/** A warning that is told later than this after its instant is history: it stays on the board, and nobody is called. */
const TELL_WITHIN_MS = 3 * DAY_MS

/** `now`: wall clock, UTC ms. A demonstration always tells, as nothing of it leaves the house. */
export function noticeState(
  notice: Notice,
  policy: Pick<RealmPolicy, 'demonstration' | 'clock'>,
  hasAddress: (receiver: string) => boolean,
  now: number,
): NoticeState {
  if (policy.demonstration) return 'made'
  if (policy.clock === 'event') return 'replayed'
  if (now - notice.made > TELL_WITHIN_MS) return 'too-old'
  return hasAddress(notice.receiver) ? 'made' : 'no-address'
}

/** Rows of the table `notices`; a repeat has the same bytes, also after its warning went through a snapshot. */
export function noticeRow(notice: Notice, state: NoticeState | 'delivered' | 'refused'): object {
  const { realm, id, receiver, made } = notice
  return { realm, id, warning: notice.warning.id, receiver, made, state, body: canonicalJson(notice) }
}

/** What is said again after a restart has the same bytes: no order of fields tells where a row was kept meanwhile. */
export function ndjson(rows: readonly object[]): Uint8Array {
  return new TextEncoder().encode(rows.map((row) => `${canonicalJson(row)}\n`).join(''))
}

export function noticesBatch(realm: string, notices: readonly Notice[]): OutgoingBatch {
  const bytes = ndjson(notices)
  return { topic: 'notices', realm, shard: 0, count: notices.length, bytes, progress: [], bulk: false }
}

/** The newest revision of each warning that changed: what the board shows, and what it stops showing. */
export function boardChanges(changed: readonly Warning[]): {
  shown: Readonly<Record<string, string>>
  gone: readonly string[]
} {
  const newest = new Map<string, Warning>(changed.map((warning) => [warning.id, warning]))
  const isOver = (warning: Warning) => warning.state === 'closed' || warning.state === 'withdrawn'
  const shown = [...newest.values()].filter((warning) => !isOver(warning))
  const gone = [...newest.values()].filter(isOver)
  return {
    shown: Object.fromEntries(shown.map((warning) => [warning.id, JSON.stringify(warning)])),
    gone: gone.map((warning) => warning.id),
  }
}
