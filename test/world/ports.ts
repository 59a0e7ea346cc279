import { createMemorySnapshots } from '../../adapters/memory/snapshots.ts'
import type { EventLog, LogBatch, LogReader, ReaderOptions, Topic } from '../../core/event-log.ts'
import type { History } from '../../core/history.ts'
import type { Jobs } from '../../core/jobs.ts'
import type { Present } from '../../core/present.ts'
import type { Snapshots } from '../../core/snapshots.ts'
import type { RecordIndex } from '../../ingest/record-index.ts'
import type { Dice } from './dice.ts'
import type { Life, Network, StoreName } from './network.ts'
import type { Stores } from './stores.ts'

/** The ports as one life of a part sees them, over a network on which anything may happen. */
export interface LivePorts {
  readonly log: EventLog
  readonly index: RecordIndex
  readonly history: History
  readonly present: Present
  readonly snapshots: Snapshots
  readonly jobs: Jobs
}

export interface PortOptions {
  /** One store holds log and index; else the index follows the log, as with Kafka. */
  readonly isOneStore: boolean
}

/** An empty poll answers after this, whatever it was ready to wait: virtual time passes in the pauses of work. */
const IDLE_MS = [600, 3_000] as const

export function createLivePorts(
  life: Life,
  network: Network,
  stores: Stores,
  dice: Dice,
  options: PortOptions,
): LivePorts {
  const over =
    (store: StoreName) =>
    <Value>(name: string, effect: () => Value | Promise<Value>): Promise<Value> =>
      network.call({ life, store, name, effect })
  const toLog = over('log')
  const toHistory = over('history')
  const toPresent = over('present')
  const snapshots = createMemorySnapshots(stores.snapshots)

  /** Batches as a store may hand them out: some shards before others, each shard's own in their order. */
  function someOf(held: readonly LogBatch[]): { given: LogBatch[]; kept: LogBatch[] } {
    if (held.length === 0) return { given: [], kept: [] }
    const ofShard = new Map<number, LogBatch[]>()
    for (const batch of held) {
      const own = ofShard.get(batch.shard)
      if (own === undefined) ofShard.set(batch.shard, [batch])
      else own.push(batch)
    }
    const isWhole = dice.chance(0.5)
    const most = dice.chance(0.5) ? held.length : dice.between(1, 3)
    const given: LogBatch[] = []
    const kept: LogBatch[] = []
    for (const own of dice.shuffled([...ofShard.values()])) {
      const count = isWhole || given.length === 0 || dice.chance(0.6) ? most : 0
      given.push(...own.slice(0, count))
      kept.push(...own.slice(count))
    }
    return { given, kept }
  }

  async function openReader(wanted: ReaderOptions): Promise<LogReader> {
    const inner = await toLog(`reader of ${wanted.topic}`, () => stores.log.reader(wanted))
    let held: LogBatch[] = []
    async function poll(): Promise<readonly LogBatch[]> {
      const effect = async () => {
        held.push(...(await inner.poll(0)))
        const { given, kept } = someOf(held)
        held = kept
        return given
      }
      return network.call({ life, store: 'log', name: `poll of ${wanted.topic}`, isCursor: true, effect })
    }
    return {
      async poll(waitMs) {
        const found = await poll()
        if (found.length > 0 || waitMs <= 0) return found
        await appendedOr(life, stores, wanted.topic, dice.between(...IDLE_MS))
        return poll()
      },
      close: () => inner.close(),
    }
  }

  return {
    log: {
      append: (batches) => toLog(`append to ${batches[0]?.topic}`, () => stores.log.append(batches)),
      reader: openReader,
      ends: (topic, realm) => toLog(`ends of ${topic}`, () => stores.log.ends(topic, realm)),
      trim: (...all) => toLog(`trim of ${all[0]}`, () => stores.log.trim(...all)),
      heldBytes: (...all) => toLog('held bytes', () => stores.log.heldBytes(...all)),
      close: async () => undefined,
    },
    index: {
      ...stores.index,
      isOneStore: options.isOneStore,
      lookUp: (...all) => toLog('look-up', () => stores.index.lookUp(...all)),
      notes: (realm) => toLog('notes', () => stores.index.notes(realm)),
      async commit(commit) {
        if (options.isOneStore) return toLog('commit', () => stores.index.commit(commit))
        if (commit.batches.length > 0) await toLog('append of rows', () => stores.log.append(commit.batches))
        return toLog('marks', () => stores.index.commit({ ...commit, batches: [] }))
      },
    },
    history: {
      insert: (...all) => toHistory(`insert into ${all[0]}`, () => stores.history.insert(...all)),
      query: <Row>(sql: string, params: Readonly<Record<string, unknown>>) =>
        toHistory('query', () => stores.history.query<Row>(sql, params)),
      command: (sql) => toHistory('command', () => stores.history.command(sql)),
      close: async () => undefined,
    },
    present: {
      ...stores.present,
      put: (...all) => toPresent('put', () => stores.present.put(...all)),
      remove: (...all) => toPresent('remove', () => stores.present.remove(...all)),
      read: (...all) => toPresent('read', () => stores.present.read(...all)),
      readOne: (...all) => toPresent('read', () => stores.present.readOne(...all)),
      close: async () => undefined,
    },
    snapshots: {
      save: (realm, role, saved) =>
        toHistory(`snapshots of ${role} ${[...saved.keys()].join()}`, () => snapshots.save(realm, role, saved)),
      load: (...all) => toHistory(`snapshots of ${all[1]}`, () => snapshots.load(...all)),
      loadEach: (...all) => toHistory(`snapshots of ${all[1]}`, () => snapshots.loadEach(...all)),
    },
    jobs: {
      enqueue: (queue, id, payload) =>
        toPresent('job', () => {
          const key = `${queue}/${id}`
          if (!stores.jobs.has(key)) stores.jobs.set(key, payload)
        }),
      // Any part of them may be there when the store is cut off in between.
      async enqueueAll(queue, jobs, options) {
        for (const { id, payload } of jobs) await this.enqueue(queue, id, payload, options)
      },
      work: async () => undefined,
      schedule: async () => undefined,
      close: async () => undefined,
    },
  }
}

function appendedOr(life: Life, stores: Stores, topic: Topic, ms: number): Promise<void> {
  return new Promise((resolve) => {
    stores.onAppend(topic, () => void life.sleep(1).then(resolve))
    void life.sleep(ms).then(resolve)
  })
}
