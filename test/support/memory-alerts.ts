import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import { createMemoryJobs, type MemoryJobs } from '../../adapters/memory/jobs.ts'
import { createMemoryPresent } from '../../adapters/memory/present.ts'
import { createMemorySnapshots } from '../../adapters/memory/snapshots.ts'
import { type AlertHappening, type AlertPorts, runAlerts } from '../../alerts/run-alerts.ts'
import { Retryable } from '../../core/errors.ts'
import type { Topic } from '../../core/event-log.ts'
import type { History, HistoryTable } from '../../core/history.ts'
import type { RealmPolicy } from '../../core/policy.ts'
import type { Notice } from '../../core/warning.ts'
import { alertPolicy } from './alert-policy.ts'

/** A process is ended in the middle of a call, as by kill -9: unlike any error that a port may throw. */
export class Killed extends Error {}

/**
 * The ports of the alert role in memory, which outlive the role. Each effect can be cut short: `fault(n)` is asked
 * before and after the n-th effect of a run.
 */
export interface AlertWorld {
  readonly ports: AlertPorts
  readonly jobs: MemoryJobs
  readonly delivered: readonly Notice[]
  readonly happenings: readonly AlertHappening[]
  rows(table: HistoryTable): readonly Record<string, unknown>[]
  append(topic: Topic, shard: number, entries: readonly object[]): Promise<void>
  /** Runs the role until everything that was appended is folded, or a fault ends it. */
  run(fault?: Fault): Promise<void>
  /** Effects carried out by the last run. */
  effects(): number
}

/** `name`: `insert`, `append`, `put`, `remove`, `enqueue`, or `save` with the role. */
export type Fault = (effect: number, when: 'before' | 'after', name: string) => Error | undefined

export function createAlertWorld(policy: RealmPolicy = alertPolicy(), now = () => Date.UTC(2026, 0, 5)): AlertWorld {
  const log = createMemoryEventLog({ wait: async () => undefined })
  const present = createMemoryPresent()
  const jobs = createMemoryJobs({ now }, 10)
  const tables = new Map<HistoryTable, Map<string, Record<string, unknown>>>()
  const snapshots = createMemorySnapshots()
  const delivered: Notice[] = []
  const happenings: AlertHappening[] = []
  let effects = 0
  let fault: Fault = () => undefined
  let stop = new AbortController()
  let emptyPolls = 0

  async function effect<Value>(name: string, action: () => Promise<Value>): Promise<Value> {
    effects += 1
    const number = effects
    const early = fault(number, 'before', name)
    if (early !== undefined) throw early
    const value = await action()
    const late = fault(number, 'after', name)
    if (late !== undefined) throw late
    return value
  }

  const history: History = {
    insert: (table, ndjson) =>
      effect('insert', async () => {
        const rows = tables.get(table) ?? new Map<string, Record<string, unknown>>()
        for (const line of new TextDecoder().decode(ndjson).split('\n').filter(Boolean)) {
          const row = JSON.parse(line) as Record<string, unknown>
          rows.set(`${String(row.id)}|${String(row.revision)}|${String(row.state)}`, row)
        }
        tables.set(table, rows)
      }),
    query: async () => [],
    command: async () => undefined,
    close: async () => undefined,
  }

  const ports: AlertPorts = {
    realm: 'city',
    policyAt: () => policy,
    history,
    jobs: { ...jobs, enqueueAll: (...all) => effect('enqueue', () => jobs.enqueueAll(...all)) },
    present: {
      ...present,
      put: (...all) => effect('put', () => present.put(...all)),
      remove: (...all) => effect('remove', () => present.remove(...all)),
    },
    log: {
      ...log,
      append: (batches) => effect('append', () => log.append(batches)),
      async reader(options) {
        const reader = await log.reader(options)
        return {
          ...reader,
          async poll(waitMs) {
            const batches = await reader.poll(waitMs)
            // Once nothing has come for a while, everything there is has been folded.
            emptyPolls = batches.length === 0 ? emptyPolls + 1 : 0
            if (emptyPolls > 12) stop.abort()
            return batches
          },
        }
      },
    },
    snapshots: {
      ...snapshots,
      save: (realm, role, saved) => effect(`save ${role}`, () => snapshots.save(realm, role, saved)),
    },
    clock: { now },
    hasAddress: (receiver) => receiver !== 'command',
    pause: async () => undefined,
    happened: (happening) => happenings.push(happening),
  }

  return {
    ports,
    jobs,
    delivered,
    happenings,
    rows: (table) => [...(tables.get(table)?.values() ?? [])],
    async append(topic, shard, entries) {
      const bytes = new TextEncoder().encode(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
      await log.append([{ topic, realm: 'city', shard, count: entries.length, bytes, progress: [], bulk: false }])
    },
    async run(given = () => undefined) {
      fault = given
      effects = 0
      emptyPolls = 0
      stop = new AbortController()
      await runAlerts(ports, stop.signal).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error
      })
      await jobs.work<Notice>('deliveries', 1, async (notice) => {
        delivered.push(notice)
      })
      await jobs.runDue()
    },
    effects: () => effects,
  }
}

/** What a store that is away for a moment throws. */
export function away(): Error {
  return new Retryable('store-unreachable', 'away')
}
