import type { Decision } from '../core/decision.ts'
import type { EventLog } from '../core/event-log.ts'
import { fullHash } from '../core/hash.ts'
import type { History, HistoryTable } from '../core/history.ts'
import type { Jobs } from '../core/jobs.ts'
import type { RealmPolicy } from '../core/policy.ts'
import type { Present } from '../core/present.ts'
import type { Notice, Warning } from '../core/warning.ts'
import { decisionRows } from './entries.ts'
import { boardChanges, type NoticeState, ndjson, noticeRow, noticesBatch } from './outgoing.ts'

export interface EffectPorts {
  readonly realm: string
  readonly policyAt: (instant: number) => RealmPolicy
  readonly log: EventLog
  readonly history: History
  readonly present: Present
  readonly jobs: Jobs
}

export interface TurnResult {
  /** New revisions in their order. */
  readonly warnings: readonly Warning[]
  readonly notices: readonly { readonly notice: Notice; readonly state: NoticeState }[]
  readonly decisions: readonly Decision[]
}

const DELIVERY = { delayMs: 0, attempts: 12 } as const

/** A job for each notice, named by it: who repeats this adds none. */
export function enqueueDeliveries(jobs: Pick<Jobs, 'enqueueAll'>, notices: readonly Notice[]): Promise<void> {
  const each = notices.map((notice) => ({ id: notice.id, payload: notice }))
  return jobs.enqueueAll('deliveries', each, DELIVERY)
}

/**
 * The effects of what was folded, in the order in which they have to be carried out: first what proves them (history),
 * then what others fold (the log), then what people see, and the sending last. Each may be repeated: rows by their
 * content, notices and jobs by the notice's id, the board by being what it is.
 */
export function effectsOf(ports: EffectPorts, turn: TurnResult): readonly (() => Promise<void>)[] {
  const { realm } = ports
  const effects: (() => Promise<void>)[] = []
  const insert = (table: HistoryTable, rows: readonly object[]) => {
    if (rows.length === 0) return
    const bytes = ndjson(rows)
    effects.push(() => ports.history.insert(table, bytes, `${realm}/alert/${fullHash(bytes)}`))
  }
  insert('decisions', decisionRows(turn.decisions))
  insert('warnings', turn.warnings)
  insert(
    'notices',
    turn.notices.map(({ notice, state }) => noticeRow(notice, state)),
  )
  if (turn.notices.length > 0) {
    const batch = noticesBatch(
      realm,
      turn.notices.map(({ notice }) => notice),
    )
    effects.push(async () => {
      await ports.log.append([batch])
    })
  }
  if (turn.warnings.length > 0) {
    const { shown, gone } = boardChanges(turn.warnings)
    if (Object.keys(shown).length > 0) effects.push(() => ports.present.put(realm, 'warnings', shown))
    if (gone.length > 0) effects.push(() => ports.present.remove(realm, 'warnings', gone))
  }
  const told = turn.notices.filter(({ state }) => state === 'made').map(({ notice }) => notice)
  if (told.length > 0) effects.push(() => enqueueDeliveries(ports.jobs, told))
  return effects
}
