import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import { createMemoryPresent } from '../../adapters/memory/present.ts'
import { createMemorySnapshots, type MemorySnapshot } from '../../adapters/memory/snapshots.ts'
import { activatePolicy, stagePolicy } from '../../app/policy-desk.ts'
import type { EventLog } from '../../core/event-log.ts'
import type { History } from '../../core/history.ts'
import type { Observation } from '../../core/observation.ts'
import { openPolicyJournal, type PolicyJournal } from '../../core/policy-journal.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { SHARDS } from '../../core/shard.ts'
import { packAside } from '../../processors/archive-row.ts'
import { compilePolicy } from '../../processors/compile-policy.ts'
import type { ProcessorStatus } from '../../processors/present-teller.ts'
import { type RealmPorts, runRealm } from '../../processors/run-realm.ts'
import { batchesOf, type Delivery, inOrder, runEngine } from '../properties/engine.ts'
import { day, observation, testRealm } from '../support/observations.ts'
import { createMemoryHistory, type MemoryHistory } from '../world/memory-history.ts'

const REALM = 'test'
const SUBJECTS = ['uscc:91140105MA0T100092', 'uscc:91140106MA0T10375C']
const WEEKS = Array.from({ length: 20 }, (_, week) => day((week + 1) * 7))
const STAGED_AFTER = 5
const ENTERED = { by: 'planner', note: '', at: 0 }

const before = testRealm()
const after = testRealm({
  indicators: before.indicators.map((one) => ({ ...one, weight: Math.min(1000, one.weight + 120) })),
})

const facts: Observation[] = SUBJECTS.flatMap((subject, who) => [
  observation({
    record: `reg-${who}`,
    feed: 'registry',
    kind: 'registration',
    subject,
    known: day(0.5),
    facts: { name: `演示企业${who}`, district: '140105', industry: 'H', owner: 'owner-1', place: 'place:3785:11254' },
  }),
  ...Array.from({ length: 24 }, (_, number) =>
    observation({
      record: `${who}-${number}`,
      kind: number % 3 === 0 ? 'complaint' : 'penalty',
      subject,
      known: day(2 + number * 5 + who),
    }),
  ),
])
const DELIVERIES: readonly Delivery[] = inOrder(facts, WEEKS)

class Killed extends Error {}

/** What outlives a process. */
function createStores() {
  const memory: MemoryHistory = createMemoryHistory()
  const history: History = {
    ...memory,
    // The log of this test still holds every decision.
    query: async <Row>(sql: string, params: Readonly<Record<string, unknown>>) =>
      sql.includes('FROM decisions') ? [] : memory.query<Row>(sql, params),
  }
  const kept = new Map<string, MemorySnapshot>()
  const snapshots = createMemorySnapshots(kept)
  const log: EventLog = createMemoryEventLog({ wait: () => turn() })
  const forget = () => kept.clear()
  return { memory, log, history, snapshots, forget, present: createMemoryPresent() }
}

/** Dies at a call to the outside: before it is carried out, or just after. */
function mortal<Port extends object>(port: Port, dies: () => 'before' | 'after' | undefined): Port {
  return new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return async (...words: unknown[]) => {
        const when = dies()
        if (when === 'before') throw new Killed()
        const answer: unknown = await Reflect.apply(method, target, words)
        if (when === 'after') throw new Killed()
        return name === 'reader' ? mortal(answer as object, dies) : answer
      }
    },
  })
}

/** How one process dies again and again, each time after so many calls. */
type Lives = readonly number[]

interface Fate {
  /** Of one process with all shards, or of two that share them. */
  readonly processes: readonly Lives[]
  /** Before which life of the first process every snapshot is lost. */
  readonly forgetting: number
}

/** The whole story, by processes that die; the last life of each is a long one. */
async function live({
  processes,
  forgetting,
}: Fate): Promise<{ readonly rows: readonly unknown[]; readonly from: number }> {
  const stores = createStores()
  let time = 0
  const clock = { now: () => (time += 40) }
  const stopping = new AbortController()
  const desk: PolicyJournal = await openPolicyJournal(stores, REALM)

  async function process(number: number, calls: number): Promise<void> {
    let left = calls
    const dies = () => {
      left -= 1
      return left > 0 ? undefined : left % 2 === 0 ? 'before' : 'after'
    }
    const own = new AbortController()
    const ports: RealmPorts = {
      log: mortal(stores.log, dies),
      history: mortal(stores.history, dies),
      present: mortal(stores.present, dies),
      snapshots: mortal(stores.snapshots, dies),
      clock,
      pack: packAside,
      retry: (work) => work(),
      pause: () => turn(),
      happened(fact) {
        if (fact.type === 'shadow-failed') own.abort()
      },
    }
    const signal = AbortSignal.any([stopping.signal, own.signal])
    const all = Array.from({ length: SHARDS }, (_, shard) => shard)
    const shards = all.filter((shard) => shard % processes.length === number)
    const options = { rules: before, shards, signal, snapshotBytes: 2_000, snapshotMs: 10_000, quietMs: 2_000 }
    const journal = await openPolicyJournal(ports, REALM)
    await runRealm(options, ports, journal)
  }

  async function liveAgain(lives: Lives, number: number): Promise<void> {
    for (const [life, calls] of [...lives, Number.POSITIVE_INFINITY].entries()) {
      if (processes.length === 1 && life === forgetting) stores.forget()
      await process(number, calls).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error
      })
    }
  }

  const running = Promise.all(processes.map(liveAgain))
  const failed = running.then(() => {
    if (!stopping.signal.aborted) throw new Error('it ended by itself')
  })

  async function reached(seen: () => Promise<boolean>): Promise<void> {
    const waiting = (async () => {
      while (!stopping.signal.aborted && !(await seen())) await turn()
    })()
    await Promise.race([waiting, failed])
  }

  async function isSettled(since: number): Promise<boolean> {
    const texts = Object.entries(await stores.present.read(REALM, 'positions'))
    const statuses = texts
      .filter(([key]) => key.startsWith('process '))
      .map(([, text]): ProcessorStatus => JSON.parse(text))
    const durable: Record<number, string> = Object.assign({}, ...statuses.map((status) => status.durable))
    const ends = await stores.log.ends('observations', REALM)
    return (
      statuses.filter(({ settled, at }) => settled && at > since).length === processes.length &&
      [...ends].every(([shard, end]) => (durable[shard] ?? '') >= end)
    )
  }

  try {
    for (const [week, delivery] of DELIVERIES.entries()) {
      await stores.log.append(batchesOf(delivery, week).map(({ position: _, ...batch }) => batch))
      const since = time
      await reached(() => isSettled(since))
      if (week !== STAGED_AFTER) continue
      const { policy } = await stagePolicy(desk, after, ENTERED)
      await activatePolicy(desk, policy, day(60), ENTERED)
    }
  } finally {
    stopping.abort()
    await running.catch(() => undefined)
  }
  await desk.refresh()
  const from = desk.book().eras.at(-1)?.entry.from ?? 0
  const points: readonly RiskPoint[] = JSON.parse(JSON.stringify(stores.memory.rows('risk')))
  return { rows: reduced(points), from }
}

/** As the table keeps them, in a fixed order. */
function reduced(points: readonly RiskPoint[]): unknown[] {
  const newest = new Map(points.map((point) => [`${point.enterprise} ${point.effective} ${point.recorded}`, point]))
  return [...newest].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, point]) => point)
}

/** What one policy after the other says, folded without a log, a store or a change. */
function expected(from: number): unknown[] {
  const old = runEngine(DELIVERIES, { policy: compilePolicy(before) }).said.filter(({ recorded }) => recorded < from)
  const young = runEngine(DELIVERIES, { policy: compilePolicy(after, from) }).said
  return reduced([...old, ...young])
}

const lives = fc.array(fc.integer({ min: 20, max: 700 }), { minLength: 2, maxLength: 8 })
const fate: fc.Arbitrary<Fate> = fc.record({
  processes: fc.array(lives, { minLength: 1, maxLength: 2 }),
  forgetting: fc.integer({ min: 1, max: 12 }),
})

describe('a policy changes under processes that die', () => {
  it('at any call to log, history, present or snapshots, or lose every snapshot: nothing is lost, nothing differs', async () => {
    await fc.assert(
      fc.asyncProperty(fate, async (one) => {
        const { rows, from } = await live(one)
        expect(from).toBeGreaterThanOrEqual(day(60))
        expect(from).toBeLessThan(day(130))
        expect(rows).toEqual(expected(from))
      }),
      // Shrinking would live whole stories again and again; the seed repeats one.
      { numRuns: 5, endOnFailure: true },
    )
  })
})
