import { expect, it } from 'vitest'
import type { LogBatch } from '../core/event-log.ts'
import type { History, HistoryTable } from '../core/history.ts'
import { createHistorySink } from './history-sink.ts'

const LIMITS = { flushBytes: 1, flushMs: 0, holdBytes: 1_000 }

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
  const sink = createHistorySink(history, LIMITS, (work) => work(), new Map())
  // A word of time has no rows, and is the first of what is gathered.
  sink.batch(batch('1', ''), 0)
  sink.batch(batch('2', '{"id":"a"}\n'), 0)
  sink.lines('risk', Buffer.from('{"risk":1}\n'))
  await sink.drain()
  expect(written).toEqual(['observations', 'risk', 'archive'])
  expect(sink.durable().get(0)).toBe('2')
})
