import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryEventLog } from '../adapters/memory/event-log.ts'
import { createMemoryRecordIndex } from '../adapters/memory/record-index.ts'
import { Retryable } from '../core/errors.ts'
import type { EventLog, OutgoingBatch } from '../core/event-log.ts'
import { SHARDS } from '../core/shard.ts'
import { COMPLAINTS, compiled, NOW, readLog, readTopic, testSealer } from '../test/support/ingest-fixture.ts'
import { readRows } from './decode/row-reader.ts'
import { createOccurrences } from './ingest-batch.ts'
import type { RealmIntake } from './intake-port.ts'
import { openRealmIntake } from './realm-intake.ts'
import type { RecordIndex } from './record-index.ts'

const LIVE = { graceMs: 1_000, idleAfterMs: 60_000 }

let log: EventLog
let index: RecordIndex
let now: number
let appends: number
let beforeAppend: () => Promise<void>

function open(live: typeof LIVE | undefined): Promise<RealmIntake> {
  const feeds = ['complaints', 'permits']
  const clock = { now: () => now }
  return openRealmIntake({ realm: 'city', feeds, live, index, log, heldBound: 1e6, clock, sealer: testSealer() })
}

function rowsOf(...numbers: string[]) {
  const lines = numbers.map((number) => `${number},7,2026-01-01,,x`)
  const rows = readRows(COMPLAINTS, Buffer.from(['number,licence,opened,closed,text', ...lines].join('\n')))
  return { feed: compiled(COMPLAINTS), source: 'test', rows, bulk: false, occurrence: createOccurrences() }
}

describe('the intake of a realm', () => {
  beforeEach(() => {
    log = createMemoryEventLog()
    now = NOW
    appends = 0
    beforeAppend = async () => {}
    index = createMemoryRecordIndex({
      async append(batches: readonly OutgoingBatch[]) {
        appends++
        await beforeAppend()
        return log.append(batches)
      },
    })
  })

  it('makes what arrives during an append durable with one more append, and tells every sender its own counts', async () => {
    const intake = await open(undefined)
    const reached = deferred()
    const released = deferred()
    beforeAppend = async () => {
      reached.resolve()
      await released.promise
    }
    const first = intake.submit(rowsOf('a'))
    await reached.promise
    const later = ['b', 'c', 'a', 'b', 'd'].map((number) => intake.submit(rowsOf(number)))
    released.resolve()
    const receipts = await Promise.all([first, ...later])
    expect(appends).toBe(2)
    expect(receipts.map(({ counts }) => counts.observations)).toEqual([1, 1, 1, 0, 0, 1])
    expect(receipts.map(({ counts }) => counts.duplicates)).toEqual([0, 0, 0, 1, 1, 0])
    expect((await readLog(log)).observations).toHaveLength(4)
  })

  it('fails the senders of a group whose append failed, and goes on with the next', async () => {
    const intake = await open(undefined)
    beforeAppend = () => Promise.reject(new Retryable('log-unreachable', 'down'))
    const failed = await Promise.allSettled([intake.submit(rowsOf('a')), intake.submit(rowsOf('b'))])
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    beforeAppend = async () => {}
    expect((await intake.submit(rowsOf('a', 'b'))).counts).toMatchObject({ observations: 2, duplicates: 0 })
  })

  it('keeps a reject with the way in which it was read, where that is not the way of its feed', async () => {
    const intake = await open(undefined)
    const { counts } = await intake.submit({ ...rowsOf(''), reading: { format: 'ndjson', encoding: 'gb18030' } })
    expect(counts.rejects).toBe(1)
    const kept = (await readTopic(log, 'rejects')).map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()))
    expect(kept).toMatchObject([{ format: 'ndjson', encoding: 'gb18030' }])
  })

  it('says how a feed turned to every shard and to people, never before what is complete, and remembers it', async () => {
    const intake = await open(undefined)
    await intake.declare(undefined, NOW, false)
    await intake.turn([{ feed: 'complaints', from: 'healthy', to: 'silent' }])
    const turned = { to: 'silent', at: NOW }
    const { progress } = await readLog(log)
    expect(progress.size).toBe(SHARDS)
    for (const said of progress.values()) {
      expect(said.at(-1)).toEqual({ feed: 'complaints', until: NOW, closed: false, turned })
    }
    const decided = (await readTopic(log, 'decisions')).map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()))
    expect(decided).toMatchObject([{ type: 'feed-state', feed: 'complaints', from: 'healthy', to: 'silent', at: NOW }])
    expect(await (await open(undefined)).standings()).toEqual(new Map([['complaints', { state: 'silent', at: NOW }]]))
  })

  it('never lets a feed turn twice at one instant, nor says a turn again that was said', async () => {
    const intake = await open(undefined)
    await intake.declare(undefined, NOW, false)
    const late = { feed: 'complaints', from: 'healthy', to: 'late' } as const
    const healthy = { feed: 'complaints', from: 'late', to: 'healthy' } as const
    for (const turn of [late, late, healthy]) await intake.turn([turn])
    const { progress } = await readLog(log)
    const said = progress.get(0)?.flatMap(({ turned }) => (turned === undefined ? [] : [turned]))
    expect(said).toEqual([
      { to: 'late', at: NOW },
      { to: 'healthy', at: NOW + 1 },
    ])
    expect((await readTopic(log, 'decisions')).reduce((sum, { count }) => sum + count, 0)).toBe(2)
  })

  it('says where time stands at most once a second in a live realm, to every shard', async () => {
    const intake = await open(LIVE)
    await intake.elapse()
    now += 400
    await intake.elapse()
    await intake.submit(rowsOf('a'))
    now += 600
    await intake.elapse()
    const { progress } = await readLog(log)
    for (let shard = 0; shard < SHARDS; shard++) {
      const said = progress.get(shard)?.filter(({ feed }) => feed === 'permits')
      expect(said?.map(({ until }) => until)).toEqual([NOW - 60_000, NOW - 59_000])
    }
  })

  it('holds time on event time at a feed that has sent records and said nothing', async () => {
    const intake = await open(undefined)
    await intake.declare(['permits'], 5_000, false)
    expect(await intake.completeUntil()).toBe(5_000)
    await intake.submit(rowsOf('a'))
    expect(await intake.completeUntil()).toBe(0)
    await intake.declare(undefined, 9_000, false)
    expect(await intake.completeUntil()).toBe(9_000)
  })

  it('goes on after a restart where time stood', async () => {
    await (await open(undefined)).declare(undefined, 9_000, false)
    const again = await open(undefined)
    expect(await again.completeUntil()).toBe(9_000)
    await again.submit(rowsOf('a'))
    expect(await again.completeUntil()).toBe(9_000)
  })
})

function deferred() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve: () => resolve() }
}
