import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Refusal, Retryable } from '../../core/errors.ts'
import {
  BEGINNING,
  type EventLog,
  type LogBatch,
  type LogReader,
  type OutgoingBatch,
  type Position,
  type ReaderOptions,
} from '../../core/event-log.ts'
import { SHARDS } from '../../core/shard.ts'

export interface EventLogStore {
  /** Another client of the same store. */
  open(): EventLog
  /** Kills the store without warning and starts it again on the same data; absent where nothing outlives the process. */
  readonly crash?: () => Promise<void>
  stop(): Promise<void>
}

const EMPTY_POLL_MS = 200
const ALL_SHARDS = Array.from({ length: SHARDS }, (_, shard) => shard)

/** What every event log promises, whatever carries it. `patienceMs`: how long one test may take on this store. */
export function describeEventLog(
  name: string,
  start: () => Promise<EventLogStore>,
  skip: string | undefined,
  patienceMs: number,
): void {
  describe.skipIf(skip !== undefined)(
    skip === undefined ? name : `${name} (skipped: ${skip})`,
    { timeout: patienceMs },
    () => {
      let store: EventLogStore
      let log: EventLog
      let realms = 0
      const newRealm = () => `r${++realms}`

      beforeAll(async () => {
        store = await start()
        log = store.open()
      }, patienceMs)

      afterAll(async () => {
        await log?.close()
        await store?.stop()
      }, patienceMs)

      // First: a Kafka that was killed looks through every partition it has before it serves again.
      test('what was acknowledged outlives a kill of the store, and a reader goes on after it', async (context) => {
        const { crash } = store
        if (crash === undefined) return context.skip('nothing outlives the process here')
        const realm = newRealm()
        const acknowledged: string[] = []
        await withReader(log, { realm }, async (reader) => {
          const read: LogBatch[] = []
          for (let round = 0; round < 2; round++) {
            for (let i = 0; i < 20; i++) {
              const name = `${round}-${i}`
              await again(() => log.append([line(realm, i % SHARDS, name)]))
              acknowledged.push(name)
            }
            // One that the kill interrupts: it may be there or not, but what was acknowledged must be.
            const interrupted = log.append([line(realm, 0, `${round}-interrupted`)]).catch((error: unknown) => error)
            await crash()
            await interrupted
            const missing = () => acknowledged.filter((each) => !read.some((batch) => text(batch) === each))
            while (missing().length > 0) read.push(...(await again(() => reader.poll(EMPTY_POLL_MS))))
          }
          const names = read.map((batch) => `${batch.shard} ${batch.position}`)
          expect(new Set(names).size).toBe(names.length)
        })
        const fresh = (await again(() => readFrom(log, { realm }, acknowledged.length))).map(text)
        expect(acknowledged.filter((each) => !fresh.includes(each))).toEqual([])
      })

      test('a shard is read in the order in which it was written', async () => {
        const realm = newRealm()
        for (let i = 0; i < 5; i++) {
          await log.append([0, 1, 63].flatMap((shard) => [line(realm, shard, `${i}a`), line(realm, shard, `${i}b`)]))
        }
        const batches = await readFrom(log, { realm }, 30)
        for (const shard of [0, 1, 63]) {
          const own = batches.filter((batch) => batch.shard === shard)
          expect(own.map(text)).toEqual([0, 1, 2, 3, 4].flatMap((i) => [`${i}a`, `${i}b`]))
          const positions = own.map((batch) => batch.position)
          expect([...positions].sort()).toEqual(positions)
        }
      })

      test('append tells the position under which each batch is read', async () => {
        const realm = newRealm()
        const told = await log.append([line(realm, 3, 'a'), line(realm, 9, 'b'), line(realm, 3, 'c')])
        const batches = await readFrom(log, { realm }, 3)
        const read = new Map(batches.map((batch) => [text(batch), batch.position]))
        expect(told).toEqual(['a', 'b', 'c'].map((each) => read.get(each)))
      })

      test('bytes arrive untouched: every byte value, Chinese text, a batch of 2 MB', async () => {
        const realm = newRealm()
        const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i)
        const chinese = Buffer.from('{"name":"北京市朝阳区某餐饮店","note":"冷链温度超限\\n"}\n𠮷', 'utf8')
        const big = Buffer.alloc(
          2 * 1024 * 1024,
          Uint8Array.from({ length: 251 }, (_, i) => 250 - i),
        )
        const written = [everyByte, chinese, big, new Uint8Array(0)]
        await log.append(written.map((bytes) => ({ ...line(realm, 5, ''), bytes })))
        const batches = await readFrom(log, { realm, shards: [5] }, written.length)
        expect(batches.map((batch) => sha256(batch.bytes))).toEqual(written.map(sha256))
      })

      test('count, progress and bulk travel with the bytes', async () => {
        const realm = newRealm()
        const progress = [
          { feed: '许可', until: 1_763_800_000_000, closed: false },
          { feed: 'sensors', until: 0, closed: true },
        ]
        const said = { ...line(realm, 0, ''), bytes: new Uint8Array(0), count: 0, progress }
        const bulk = { ...line(realm, 0, 'x'), count: 17, bulk: true }
        await log.append([said, bulk])
        const [first, second] = await readFrom(log, { realm, shards: [0] }, 2)
        expect(first).toMatchObject({ topic: 'observations', realm, shard: 0, count: 0, progress, bulk: false })
        expect(second).toMatchObject({ topic: 'observations', realm, shard: 0, count: 17, progress: [], bulk: true })
      })

      test('reading resumed after a position gives exactly what follows it', async () => {
        const realm = newRealm()
        const texts = Array.from({ length: 10 }, (_, i) => `${i}`)
        const positions = await log.append(texts.map((each) => line(realm, 7, each)))
        for (const [i, position] of positions.entries()) {
          if (i % 3 !== 0) continue
          const batches = await readFrom(log, { realm, shards: [7], after: new Map([[7, position]]) }, 9 - i)
          expect(batches.map(text)).toEqual(texts.slice(i + 1))
        }
      })

      test('a reader resumed at the end waits for what comes next', async () => {
        const realm = newRealm()
        const [position = ''] = await log.append([line(realm, 7, 'old')])
        await withReader(log, { realm, shards: [7], after: new Map([[7, position]]) }, async (reader) => {
          expect(await reader.poll(EMPTY_POLL_MS)).toEqual([])
          await log.append([line(realm, 7, 'new')])
          expect((await take(reader, 1)).map(text)).toEqual(['new'])
        })
      })

      test('two readers do not disturb each other, and shards not asked for are not given', async () => {
        const realm = newRealm()
        await log.append([1, 2, 3].flatMap((shard) => [line(realm, shard, 'a'), line(realm, shard, 'b')]))
        await withReader(log, { realm, shards: [1, 2] }, async (one) => {
          await withReader(log, { realm, shards: [2, 3] }, async (two) => {
            const first = await take(one, 4)
            const second = await take(two, 4)
            expect(first.map((batch) => `${batch.shard}${text(batch)}`).sort()).toEqual(['1a', '1b', '2a', '2b'])
            expect(second.map((batch) => `${batch.shard}${text(batch)}`).sort()).toEqual(['2a', '2b', '3a', '3b'])
          })
        })
      })

      test('a poll gives no more than its bound and the batch that crosses it', async () => {
        const realm = newRealm()
        const size = 10_000
        const batches = Array.from({ length: 40 }, (_, i) => ({
          ...line(realm, i % 8, ''),
          bytes: new Uint8Array(size),
        }))
        await log.append(batches)
        await withReader(log, { realm, shards: [0, 1, 2, 3, 4, 5, 6, 7], maxBytes: 25_000 }, async (reader) => {
          let seen = 0
          while (seen < batches.length) {
            const polled = await reader.poll(EMPTY_POLL_MS)
            expect(polled.length).toBeLessThanOrEqual(3)
            seen += polled.length
          }
          expect(seen).toBe(batches.length)
        })
      })

      test('ends names the last entry of each shard that has one', async () => {
        const realm = newRealm()
        expect(await log.ends('observations', realm)).toEqual(new Map())
        const [, a, , b] = await log.append([
          line(realm, 4, 'x'),
          line(realm, 4, 'y'),
          line(realm, 60, 'x'),
          line(realm, 60, 'z'),
        ])
        expect(await log.ends('observations', realm)).toEqual(
          new Map([
            [4, a],
            [60, b],
          ]),
        )
      })

      test('topics without shards have one stream', async () => {
        const realm = newRealm()
        const [position = ''] = await log.append([{ ...line(realm, 0, 'd'), topic: 'decisions' }])
        expect(await log.ends('decisions', realm)).toEqual(new Map([[0, position]]))
        const batches = await readFrom(log, { realm, topic: 'decisions', shards: [0] }, 1)
        expect(batches.map(text)).toEqual(['d'])
      })

      test('trimming keeps everything after the position given', async () => {
        const realm = newRealm()
        const texts = Array.from({ length: 300 }, (_, i) => `${i}`)
        const positions = await log.append(texts.map((each) => ({ ...line(realm, 2, each), bytes: padded(each) })))
        const before = await log.heldBytes('observations', realm)
        await log.trim('observations', realm, 2, positions[199] ?? '')
        const kept = await readUntil(log, { realm, shards: [2] }, positions.at(-1) ?? '')
        const names = kept.map((batch) => text(batch).trim())
        expect(names.slice(-100)).toEqual(texts.slice(200))
        expect(names).toEqual(texts.slice(-names.length))
        expect(await log.heldBytes('observations', realm)).toBeLessThan(before)
        expect(await log.ends('observations', realm)).toEqual(new Map([[2, positions.at(-1)]]))
      })

      test('a position before what was trimmed is refused, never silently skipped over', async () => {
        const realm = newRealm()
        const positions = await log.append(['a', 'b', 'c', 'd'].map((each) => line(realm, 2, each)))
        await log.trim('observations', realm, 2, positions[2] ?? '')
        const behind = { realm, shards: [2], after: new Map([[2, positions[0] ?? '']]) }
        await expect(readFrom(log, behind, 1)).rejects.toBeInstanceOf(Refusal)
        const upToDate = { realm, shards: [2], after: new Map([[2, positions[2] ?? '']]) }
        expect((await readFrom(log, upToDate, 1)).map(text)).toEqual(['d'])
      })

      test('a beginning that was trimmed is refused to who must read from it, and skipped for who takes what is there', async () => {
        const realm = newRealm()
        const positions = await log.append(['a', 'b', 'c'].map((each) => line(realm, 2, each)))
        const whole = { realm, shards: [2], after: new Map([[2, BEGINNING]]) }
        expect((await readFrom(log, whole, 3)).map(text)).toEqual(['a', 'b', 'c'])
        await log.trim('observations', realm, 2, positions[1] ?? '')
        await expect(readFrom(log, whole, 1)).rejects.toBeInstanceOf(Refusal)
        expect((await readUntil(log, { realm, shards: [2] }, positions[2] ?? '')).map(text).at(-1)).toBe('c')
      })

      test('heldBytes is about what is held', async () => {
        const realm = newRealm()
        expect(await log.heldBytes('observations', realm)).toBeLessThan(1_000)
        const batches = ALL_SHARDS.map((shard) => ({ ...line(realm, shard, ''), bytes: noise(20_000, shard) }))
        await log.append(batches)
        const held = await log.heldBytes('observations', realm)
        expect(held).toBeGreaterThan(SHARDS * 20_000 * 0.8)
        expect(held).toBeLessThan(SHARDS * 20_000 * 1.6)
      })

      test('realms never mix, nor do topics', async () => {
        const [one, two] = [newRealm(), newRealm()]
        await log.append([line(one, 1, 'one'), line(two, 1, 'two'), { ...line(one, 1, 'signal'), topic: 'signals' }])
        expect((await readFrom(log, { realm: one }, 1)).map(text)).toEqual(['one'])
        expect((await readFrom(log, { realm: two }, 1)).map(text)).toEqual(['two'])
        expect((await readFrom(log, { realm: one, topic: 'signals' }, 1)).map(text)).toEqual(['signal'])
      })

      test('closing a reader ends the poll that waits', async () => {
        const realm = newRealm()
        const reader = await log.reader({
          topic: 'observations',
          realm,
          shards: [0],
          after: new Map(),
          maxBytes: 1_000,
        })
        const waiting = reader.poll(600_000)
        await reader.close()
        expect(await waiting).toEqual([])
      })

      test('another client reads what this one wrote', async (context) => {
        if (store.crash === undefined) return context.skip('nothing outlives the process here')
        const realm = newRealm()
        await log.append([line(realm, 8, 'shared')])
        const other = store.open()
        expect((await readFrom(other, { realm }, 1)).map(text)).toEqual(['shared'])
        await other.close()
      })
    },
  )
}

function line(realm: string, shard: number, content: string): OutgoingBatch {
  return { topic: 'observations', realm, shard, count: 1, bytes: Buffer.from(content), progress: [], bulk: false }
}

function padded(content: string): Uint8Array {
  return Buffer.from(content.padEnd(2_000, ' '))
}

/** Bytes that do not compress. */
function noise(length: number, seed: number): Uint8Array {
  const chunks: Buffer[] = []
  for (let i = 0; i * 32 < length; i++) chunks.push(createHash('sha256').update(`${seed}:${i}`).digest())
  return Buffer.concat(chunks).subarray(0, length)
}

function text(batch: LogBatch): string {
  return Buffer.from(batch.bytes).toString('utf8')
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

type Wanted = Partial<ReaderOptions> & { readonly realm: string }

async function withReader<T>(log: EventLog, wanted: Wanted, use: (reader: LogReader) => Promise<T>): Promise<T> {
  const defaults = {
    topic: 'observations',
    shards: ALL_SHARDS,
    after: new Map<number, Position>(),
    maxBytes: 1_000_000,
  } as const
  const reader = await log.reader({ ...defaults, ...wanted })
  try {
    return await use(reader)
  } finally {
    await reader.close()
  }
}

/** Polls until `count` batches came, then once more, so that one too many is seen as well. */
async function take(reader: LogReader, count: number): Promise<LogBatch[]> {
  const batches: LogBatch[] = []
  while (batches.length < count) batches.push(...(await reader.poll(EMPTY_POLL_MS)))
  batches.push(...(await reader.poll(EMPTY_POLL_MS)))
  return batches
}

function readFrom(log: EventLog, wanted: Wanted, count: number): Promise<LogBatch[]> {
  return withReader(log, wanted, (reader) => take(reader, count))
}

function readUntil(log: EventLog, wanted: Wanted, last: Position): Promise<LogBatch[]> {
  return withReader(log, wanted, async (reader) => {
    const batches: LogBatch[] = []
    while (batches.at(-1)?.position !== last) batches.push(...(await reader.poll(EMPTY_POLL_MS)))
    return batches
  })
}

/** As every stage does: what may succeed later is tried again. The adapter paces it, by waiting for its connection. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Retryable)) throw error
    }
  }
}
