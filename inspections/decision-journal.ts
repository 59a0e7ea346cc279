import type { Decision } from '../core/decision.ts'
import { Refusal } from '../core/errors.ts'
import type { EventLog } from '../core/event-log.ts'
import type { History } from '../core/history.ts'

const POLL_MS = 1000
const POLL_BYTES = 8_000_000
/** Candidates in one entry: some 1.5 MB, far below what any log takes. */
const PAGE = 10_000

export type PlanSet = Extract<Decision, { type: 'plan-set' }>
export type DrawCommitted = Extract<Decision, { type: 'draw-committed' }>
export type DrawOpened = Extract<Decision, { type: 'draw-opened' }>
export type InspectionDecision = PlanSet | DrawCommitted | DrawOpened

type DrawRoster = Extract<Decision, { type: 'draw-roster' }>
type Entry = InspectionDecision | DrawRoster

/** What stands for one period. Of two commitments, made by two processes at once, the first in the log is the one. */
export interface PeriodDecisions {
  readonly plan: PlanSet | undefined
  readonly committed: DrawCommitted | undefined
  readonly opened: DrawOpened | undefined
}

export interface DecisionJournal {
  /** Durable in the log when it resolves. */
  append(decision: InspectionDecision): Promise<void>
  period(realm: string, period: string): Promise<PeriodDecisions>
  /** Draws opened for the months whose names begin so (`2026-`), one for each month. */
  opened(realm: string, prefix: string): Promise<readonly DrawOpened[]>
  /** Brings what stands into the history; the same again changes nothing. */
  settle(decisions: PeriodDecisions): Promise<void>
}

export function drawId(period: string): string {
  return `draw/${period}`
}

/**
 * Decisions come from the log, which has the newest first hand, and from the history, which has what the log no longer
 * holds. Where both know of a draw the history's is the one that stood when it was written.
 */
export function createDecisionJournal(log: EventLog, history: History): DecisionJournal {
  async function fromHistory(realm: string, type: string, prefix: string): Promise<readonly Entry[]> {
    const rows = await history.query<{ body: string }>(
      `SELECT body FROM decisions FINAL
       WHERE realm = {realm:String} AND type = {type:String} AND startsWith(id, {prefix:String}) ORDER BY at, id`,
      { realm, type, prefix },
    )
    return rows.map(({ body }) => JSON.parse(body) as Entry)
  }

  async function fromLog(realm: string, prefixes: readonly string[]): Promise<readonly Entry[]> {
    const end = (await log.ends('decisions', realm)).get(0)
    if (end === undefined) return []
    const reader = await log.reader({
      topic: 'decisions',
      realm,
      shards: [0],
      after: new Map(),
      maxBytes: POLL_BYTES,
    })
    const found: Entry[] = []
    try {
      for (let position = ''; position < end; ) {
        const batches = await reader.poll(POLL_MS)
        if (batches.length === 0) break
        for (const batch of batches) {
          position = batch.position
          for (const line of Buffer.from(batch.bytes).toString('utf8').split('\n')) {
            if (line === '') continue
            const decision = JSON.parse(line) as Decision
            if (!isOfInspections(decision)) continue
            if (prefixes.some((prefix) => decision.id.startsWith(prefix))) found.push(decision)
          }
        }
      }
    } finally {
      await reader.close()
    }
    return found
  }

  return {
    async append(decision) {
      const { realm } = decision
      for (const entry of entriesOf(decision)) {
        const bytes = Buffer.from(`${JSON.stringify(entry)}\n`)
        await log.append([{ topic: 'decisions', realm, shard: 0, count: 1, bytes, progress: [], bulk: false }])
      }
    },

    async period(realm, period) {
      const plans = `plan/${period}/`
      const logged = await fromLog(realm, [plans, drawId(period)])
      const [planned, committed, opened] = await Promise.all([
        fromHistory(realm, 'plan-set', plans),
        fromHistory(realm, 'draw-committed', drawId(period)),
        fromHistory(realm, 'draw-opened', drawId(period)),
      ])
      const head = [...committed, ...logged].find((one) => one.type === 'draw-committed')
      const pages = head?.rosterPages ? await fromHistory(realm, 'draw-roster', drawId(period)) : []
      return {
        plan: [...planned, ...logged].filter((one) => one.type === 'plan-set').at(-1),
        committed: head === undefined ? undefined : whole(head, [...pages, ...logged]),
        opened: [...opened, ...logged].find((one) => one.type === 'draw-opened'),
      }
    },

    async opened(realm, prefix) {
      const byMonth = new Map<string, DrawOpened>()
      const from = drawId(prefix)
      for (const one of [...(await fromHistory(realm, 'draw-opened', from)), ...(await fromLog(realm, [from]))]) {
        if (one.type === 'draw-opened' && !byMonth.has(one.id)) byMonth.set(one.id, one)
      }
      return [...byMonth.values()]
    },

    async settle({ plan, committed, opened }) {
      for (const decision of [plan, committed, opened]) {
        if (decision === undefined) continue
        for (const entry of entriesOf(decision)) {
          const { realm, id, type, at } = entry
          const row = `${JSON.stringify({ realm, id, type, at, body: JSON.stringify(entry) })}\n`
          await history.insert('decisions', Buffer.from(row), `decisions/${realm}/${type}/${id}`)
        }
      }
    },
  }
}

function isOfInspections(decision: Decision): decision is Entry {
  return decision.type === 'plan-set' || decision.type.startsWith('draw-')
}

/** As it stands in the log: a long roster in pages, all of them before the commitment that needs them. */
function entriesOf(decision: InspectionDecision): readonly Entry[] {
  if (decision.type !== 'draw-committed' || decision.roster.length <= PAGE) return [decision]
  const { realm, rosterHash, at, roster } = decision
  const rosterPages = Math.ceil(roster.length / PAGE)
  const pages = Array.from({ length: rosterPages }, (_, page): DrawRoster => {
    const id = `${decision.id}/roster/${rosterHash.slice(0, 16)}/${page}`
    return {
      type: 'draw-roster',
      realm,
      id,
      rosterHash,
      page,
      roster: roster.slice(page * PAGE, (page + 1) * PAGE),
      at,
    }
  })
  return [...pages, { ...decision, roster: [], rosterPages }]
}

function whole(head: DrawCommitted, entries: readonly Entry[]): DrawCommitted {
  if (head.rosterPages === 0) return head
  const pages = new Map<number, DrawRoster>()
  for (const entry of entries) {
    if (entry.type === 'draw-roster' && entry.rosterHash === head.rosterHash) pages.set(entry.page, entry)
  }
  const roster = Array.from({ length: head.rosterPages }, (_, page) => {
    const found = pages.get(page)
    if (found === undefined)
      throw new Refusal({
        zh: `${head.id} 的摇号名册缺第 ${page} 页`,
        en: `Page ${page} of the roster of ${head.id} is missing`,
      })
    return found.roster
  })
  return { ...head, roster: roster.flat(), rosterPages: 0 }
}
