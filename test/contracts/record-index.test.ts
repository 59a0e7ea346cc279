import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import { createMemoryRecordIndex } from '../../adapters/memory/record-index.ts'
import { connectRedis } from '../../adapters/redis/connection.ts'
import { createRedisEventLog } from '../../adapters/redis-streams/event-log.ts'
import { createFollowingRecordIndex, createRedisRecordIndex } from '../../adapters/redis-streams/record-index.ts'
import type { EventLog } from '../../core/event-log.ts'
import { shortHash } from '../../core/hash.ts'
import type { Head, RecordIndex } from '../../ingest/record-index.ts'
import { type TestRedis, withRedis } from '../support/embedded.ts'
import { readTopic } from '../support/ingest-fixture.ts'

interface Opened {
  readonly index: RecordIndex
  readonly log: EventLog
  close(): Promise<void>
}

function head(content: string, over: Partial<Head> = {}): Head {
  return { content: shortHash(content), version: 3, known: 1_700_000_000_000, parts: 5, subject: 'uscc:企业', ...over }
}

const key = (record: string, content: string) => ({ record: shortHash(record), content: shortHash(content) })
const batch = (realm: string) => ({
  topic: 'observations' as const,
  realm,
  shard: 4,
  count: 1,
  bytes: Buffer.from('{}\n'),
  progress: [],
  bulk: false,
})

function holdsToItsPromises(open: () => Promise<Opened>): void {
  let opened: Opened
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.close())

  it('knows nothing of a record that was never committed', async () => {
    expect(await opened.index.lookUp('a', 'f', [key('r', 'c')])).toEqual([undefined])
  })

  it('tells the same content from another, and gives back the newest version whole', async () => {
    const { index } = opened
    const heads = [
      head('one'),
      head('two', { version: -1.5, known: -86_400_000, parts: 0, subject: '' }),
      head('three', { version: 2 ** 52, parts: 2 ** 32 - 1 }),
      head('four', { version: 1_700_000_000_000 }),
    ]
    const marks = heads.map((each, i) => ({ feed: 'g', record: shortHash(`r${i}`), head: each }))
    await index.commit({ realm: 'a', batches: [], marks, notes: {} })
    const same = heads.map(({ content }, i) => ({ record: shortHash(`r${i}`), content }))
    expect(await index.lookUp('a', 'g', same)).toEqual(heads.map(() => 'same'))
    const other = heads.map((_, i) => key(`r${i}`, 'other'))
    expect(await index.lookUp('a', 'g', other)).toEqual(heads)
  })

  it('remembers contents that are not the newest', async () => {
    const { index } = opened
    const record = shortHash('versions')
    const marks = [
      { feed: 'f', record, other: shortHash('old') },
      { feed: 'f', record, head: head('new') },
    ]
    await index.commit({ realm: 'a', batches: [], marks, notes: {} })
    const looked = await index.lookUp('a', 'f', [key('versions', 'old'), key('versions', 'new'), key('versions', 'x')])
    expect(looked).toEqual(['same', 'same', head('new')])
  })

  it('keeps realms and feeds apart', async () => {
    const { index } = opened
    await index.commit({
      realm: 'a',
      batches: [],
      marks: [{ feed: 'h', record: shortHash('r'), head: head('c') }],
      notes: {},
    })
    expect(await index.lookUp('b', 'h', [key('r', 'c')])).toEqual([undefined])
    expect(await index.lookUp('a', 'i', [key('r', 'c')])).toEqual([undefined])
  })

  it('appends and remembers in one commit, thousands of records at a time', async () => {
    const { index, log } = opened
    const numbers = Array.from({ length: 6_000 }, (_, i) => i)
    const marks = numbers.map((i) => ({ feed: 'many', record: shortHash(`r${i}`), head: head(`c${i}`) }))
    await index.commit({ realm: 'c', batches: [batch('c')], marks, notes: { at: '6000' } })
    const looked = await index.lookUp(
      'c',
      'many',
      numbers.map((i) => key(`r${i}`, i % 2 === 0 ? `c${i}` : 'x')),
    )
    expect(looked.filter((held) => held === 'same')).toHaveLength(3_000)
    expect(looked[1]).toEqual(head('c1'))
    expect(await readTopic(log, 'observations', 'c')).toHaveLength(1)
    expect(await index.notes('c')).toEqual({ at: '6000' })
  })

  it('keeps notes until they are removed', async () => {
    const { index } = opened
    await index.commit({ realm: 'd', batches: [], marks: [], notes: { one: '1', two: '二' } })
    await index.commit({ realm: 'd', batches: [], marks: [], notes: { one: undefined, three: '3' } })
    expect(await index.notes('d')).toEqual({ two: '二', three: '3' })
    expect(await index.notes('nowhere')).toEqual({})
  })

  it('keeps pages of books, each by its key, in the same commit as the batches', async () => {
    const { index, log } = opened
    const books = { bindings: { 'mn:1': 'a', 'mn:2': '二' }, unsettled: { 'device mn:1': '{}' } }
    await index.commit({ realm: 'e', batches: [batch('e')], marks: [], notes: {}, books })
    expect(await index.readBook('e', 'bindings', ['mn:2', 'mn:3', 'mn:1'])).toEqual(['二', undefined, 'a'])
    expect(await index.readBook('e', 'bindings', [])).toEqual([])
    expect(await index.readBook('e', 'numbers', ['mn:1'])).toEqual([undefined])
    expect(await index.readBook('f', 'bindings', ['mn:1'])).toEqual([undefined])
    const change = { bindings: { 'mn:1': undefined, 'mn:2': 'b' } }
    await index.commit({ realm: 'e', batches: [], marks: [], notes: {}, books: change })
    expect(await index.wholeBook('e', 'bindings')).toEqual({ 'mn:2': 'b' })
    expect(await index.wholeBook('e', 'unsettled')).toEqual({ 'device mn:1': '{}' })
    expect(await index.wholeBook('e', 'identities')).toEqual({})
    expect(await readTopic(log, 'observations', 'e')).toHaveLength(1)
  })

  it('refuses a name that is no hash instead of cutting it', async () => {
    const broken = { record: 'short', content: 'x' }
    await expect(opened.index.lookUp('a', 'f', [key('r', 'c'), broken])).rejects.toThrow(RangeError)
  })
}

describe('record index in Redis, beside the log', () => {
  let redis: TestRedis
  holdsToItsPromises(async () => {
    redis = await withRedis()
    const log = createRedisEventLog({ redis: redis.options, maxBytesHeld: 1e8 })
    const index = createRedisRecordIndex({ redis: redis.options, log })
    return {
      index,
      log,
      async close() {
        await index.close()
        await log.close()
        await redis.stop()
      },
    }
  })
})

describe('record index in Redis of the layout before', () => {
  it('is found again, be it taken over once or many times', async () => {
    const redis = await withRedis()
    const client = connectRedis(redis.options)
    const log = createMemoryEventLog()
    const open = () => createFollowingRecordIndex({ redis: redis.options, log })
    // Small hashes, numbered by the first bytes of the records in them; one of them has grown.
    const crowd = Array.from({ length: 3_000 }, (_, i) => `abcd${i.toString(16).padStart(12, '0')}`)
    const records = [...Array.from({ length: 50 }, (_, i) => shortHash(`r${i}`)), ...crowd]
    const marks = records.map((record) => ({ feed: 'f', record, head: head(record) }))
    const old = open()
    await old.commit({ realm: 'a', batches: [], marks, notes: {} })
    await old.close()
    for (const name of records) {
      const record = Buffer.from(name, 'hex')
      const value = await client.hgetBuffer('fs:a:index:f', record)
      await client.hset(`fs:a:index:f:${record.readUInt16BE() >> 1}`, record, value ?? '')
    }
    await client.del('fs:a:index:f')
    const taken = [open(), open()]
    const asked = records.map((record) => ({ record, content: shortHash(record) }))
    for (const index of taken) {
      const held = await index.lookUp('a', 'f', asked)
      expect(held.filter((each) => each !== 'same')).toEqual([])
    }
    expect(await client.keys('fs:a:index:*')).toEqual(['fs:a:index:f'])
    for (const index of taken) await index.close()
    client.disconnect()
    await redis.stop()
  })
})

describe('record index in Redis, following a log elsewhere', () => {
  holdsToItsPromises(async () => {
    const redis = await withRedis()
    const log = createMemoryEventLog()
    const index = createFollowingRecordIndex({ redis: redis.options, log })
    return {
      index,
      log,
      async close() {
        await index.close()
        await redis.stop()
      },
    }
  })
})

describe('record index in memory', () => {
  holdsToItsPromises(async () => {
    const log = createMemoryEventLog()
    return { index: createMemoryRecordIndex(log), log, close: async () => {} }
  })
})
