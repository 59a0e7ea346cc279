import { expect, it } from 'vitest'
import type { LogBatch } from '../core/event-log.ts'
import type { History, HistoryTable } from '../core/history.ts'
import { packAside } from './archive-row.ts'
import { createHistorySink } from './history-sink.ts'

const LIMITS = { flushBytes: 100, flushMs: 1_000, idleBytes: 20, holdBytes: 1_000 }

function batch(position: string, line: string): LogBatch {
  const bytes = Buffer.from(line)
  const count = line === '' ? 0 : 1
  return { topic: 'observations', realm: 'test', shard: 0, count, bytes, progress: [], bulk: false, position }
}

it('writes the archive last: what is found in it has its rows', async () => {
  const written: HistoryTable[] = []
  const history: History = {
    insert: async (table) => void written.push(table),
    query: async () => [],
    command: async () => undefined,
    close: async () => undefined,
  }
  const sink = createHistorySink({ history, retry: (work) => work(), pack: packAside }, LIMITS, new Map())
  // A word of time has no rows, and is the first of what is gathered.
  sink.batch(batch('1', ''), 0)
  sink.batch(batch('2', '{"id":"a"}\n'), 0)
  sink.lines('risk', Buffer.from('{"risk":1}\n'))
  await sink.drain()
  expect(written).toEqual(['observations', 'risk', 'archive'])
  expect(sink.durable().get(0)).toBe('2')
})

it('writes what is worth an insert as soon as nothing more is to come, and the rest when it is late', async () => {
  const written: string[] = []
  const history: History = {
    insert: async (table, bytes) => void written.push(`${table} ${Buffer.from(bytes).toString().trim()}`),
    query: async () => [],
    command: async () => undefined,
    close: async () => undefined,
  }
  const sink = createHistorySink({ history, retry: (work) => work(), pack: packAside }, LIMITS, new Map())
  const line = (name: string) => Buffer.from(`"${name}"\n`)
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
  const now = 5_000
  await sink.maybeFlush(now, false)
  sink.lines('risk', line('enough for an insert'))
  await sink.maybeFlush(now + 1, false)
  await settled()
  expect(written).toEqual([])
  await sink.maybeFlush(now + 2, true)
  await settled()
  expect(written).toEqual(['risk "enough for an insert"'])
  sink.lines('risk', line('little'))
  await sink.maybeFlush(now + 3, true)
  await settled()
  expect(written).toHaveLength(1)
  await sink.maybeFlush(now + 1_002, true)
  await settled()
  expect(written).toHaveLength(2)
})
