import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Refusal } from '../../core/errors.ts'
import { BEGINNING, type LogReader, type OutgoingBatch, type Topic } from '../../core/event-log.ts'
import { type TestRedis, withRedis } from '../../test/support/embedded.ts'
import { createRedisEventLog, type RedisEventLog } from './event-log.ts'

const LARGE = 1024 * 1024 * 1024

describe('the log on Redis beyond what every log promises', () => {
  let server: TestRedis
  let redis: Redis
  const opened: RedisEventLog[] = []

  beforeAll(async () => {
    server = await withRedis({ appendfsync: 'always' })
    redis = new Redis({ ...server.options })
    redis.on('error', () => {})
  })

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((log) => log.close()))
    await redis.config('SET', 'maxmemory', '256mb')
    await redis.flushall()
  })

  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })

  function open(maxBytesHeld = LARGE, password = server.options.password): RedisEventLog {
    const log = createRedisEventLog({ redis: { ...server.options, password }, maxBytesHeld })
    opened.push(log)
    return log
  }

  test('what goes alongside is there with the batches', async () => {
    const log = open()
    const commands = [
      ['SET', 'seen:1', 'a'],
      ['HSET', 'marks', Buffer.from([0, 255]), 7],
    ] as const
    const [position] = await log.append([batch('observations', 100)], commands)
    expect(await log.ends('observations', 'city')).toEqual(new Map([[0, position]]))
    expect(await redis.get('seen:1')).toBe('a')
    expect(await redis.hgetBuffer('marks', Buffer.from([0, 255]))).toEqual(Buffer.from('7'))
  })

  test('where something alongside is refused, nothing is appended', async () => {
    const log = open()
    const appended = log.append(
      [batch('observations', 100)],
      [
        ['SET', 'seen:1', 'a'],
        ['NO-SUCH-COMMAND', 'x'],
      ],
    )
    await expect(appended).rejects.toThrow('EXECABORT')
    expect(await redis.keys('*')).toEqual([])
  })

  test('at its bound the log refuses what comes from outside, and takes what drains it', async () => {
    const log = open(200_000)
    const last = await fillUntilRefused(log)
    await log.append([batch('signals', 50_000), batch('decisions', 50_000)])
    await log.trim('observations', 'city', 0, last)
    await log.append([batch('observations', 20_000)])
  })

  test('what comes from outside leaves memory to what drains the log, however many realms there are', async () => {
    await redis.config('SET', 'maxmemory', '8mb')
    const logs = ['a', 'b', 'c', 'd'].map((realm) => ({ realm, log: open(4_000_000) }))
    const refused = new Set<string>()
    for (let round = 0; round < 40; round++) {
      for (const { realm, log } of logs) {
        await log.append([{ ...batch('observations', 100_000), realm }]).catch((error: unknown) => {
          expect(error).toMatchObject({ name: 'Retryable', code: 'log-full' })
          refused.add(realm)
        })
      }
    }
    expect([...refused].sort()).toEqual(['a', 'b', 'c', 'd'])
    for (const { realm, log } of logs) await log.append([{ ...batch('decisions', 20_000), realm }])
    await redis.config('SET', 'maxmemory', '256mb')
  })

  test('at the memory bound of Redis nothing of an append is kept, and it may succeed later', async () => {
    const log = open()
    await log.append([batch('signals', 10)])
    await redis.config('SET', 'maxmemory', '1mb')
    const refused = log.append([batch('signals', 10), batch('signals', 10)], [['SET', 'seen:1', 'a']])
    await expect(refused).rejects.toMatchObject({ name: 'Retryable', code: 'log-full' })
    expect(await redis.xlen('fs:city:signals:0')).toBe(1)
    await redis.config('SET', 'maxmemory', '256mb')
    await log.append([batch('signals', 10)])
    expect(await redis.xlen('fs:city:signals:0')).toBe(2)
  })

  test('an unreachable Redis is said to be unreachable, and found again', async () => {
    const log = open()
    await log.append([batch('signals', 10)])
    const reader = await log.reader({ topic: 'signals', realm: 'city', shards: [0], after: new Map(), maxBytes: 1_000 })
    await server.kill()
    const unreachable = { name: 'Retryable', code: 'log-unreachable' }
    await expect(log.append([batch('signals', 10)])).rejects.toMatchObject(unreachable)
    await expect(log.ends('signals', 'city')).rejects.toMatchObject(unreachable)
    await expect(reader.poll(60_000)).rejects.toMatchObject(unreachable)
    await server.restart()
    await expect.poll(() => log.append([batch('signals', 10)]).then(() => 'appended', String)).toBe('appended')
    let read = 0
    const readOn = async () => {
      read += (await reader.poll(100)).length
      return read
    }
    await expect.poll(() => readOn().catch(String)).toBe(2)
  })

  test('a reader in whose place another has gone on is told so, and does not jump over what was trimmed', async () => {
    const log = open()
    const positions = await log.append(Array.from({ length: 300 }, () => batch('signals', 2_000)))
    const shared = { topic: 'signals', realm: 'city', shards: [0], maxBytes: 10_000 } as const
    const known = await log.reader({ ...shared, after: new Map([[0, positions[0] ?? '']]) })
    const whole = await log.reader({ ...shared, after: new Map([[0, BEGINNING]]) })
    const rest = await log.reader({ ...shared, after: new Map() })
    expect(await known.poll(100)).not.toEqual([])
    await log.trim('signals', 'city', 0, positions[250] ?? '')
    // What has been read already is still given; then it ends.
    const toEnd = async (reader: LogReader) => {
      while ((await reader.poll(100)).length > 0);
    }
    await expect(toEnd(known)).rejects.toBeInstanceOf(Refusal)
    await expect(whole.poll(100)).rejects.toBeInstanceOf(Refusal)
    await expect(log.reader({ ...shared, after: new Map([[0, BEGINNING]]) })).rejects.toBeInstanceOf(Refusal)
    expect(await rest.poll(100)).not.toEqual([])
  })

  test('a wrong password is a matter for a person', async () => {
    await expect(open(LARGE, 'wrong').append([batch('signals', 10)])).rejects.toBeInstanceOf(Refusal)
  })

  async function fillUntilRefused(log: RedisEventLog): Promise<string> {
    let last = ''
    for (let appended = 0; appended < 400_000; appended += 10_000) {
      try {
        last = (await log.append([batch('observations', 10_000)]))[0] ?? ''
      } catch (error) {
        expect(error).toMatchObject({ name: 'Retryable', code: 'log-full' })
        expect(appended).toBeGreaterThan(150_000)
        return last
      }
    }
    throw new Error('the log was never full')
  }
})

function batch(topic: Topic, size: number): OutgoingBatch {
  return { topic, realm: 'city', shard: 0, count: 1, bytes: new Uint8Array(size), progress: [], bulk: false }
}
