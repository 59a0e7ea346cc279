import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBullmqJobs } from '../../adapters/bullmq/jobs.ts'
import { Retryable } from '../../core/errors.ts'
import { type TestRedis, withRedis } from '../support/embedded.ts'
import { describeJobs } from './jobs.contract.ts'

function open(redis: TestRedis, prefix: string) {
  return createBullmqJobs({ redis: redis.options, prefix, firstRetryMs: 10, onTrouble: () => {} })
}

describeJobs('jobs in BullMQ', async () => {
  const redis = await withRedis()
  const jobs = open(redis, 'contract')
  return {
    jobs,
    until: (told) => told,
    async stop() {
      await jobs.close()
      await redis.stop()
    },
  }
})

describe('jobs in BullMQ when Redis is killed', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await withRedis({ appendfsync: 'always' })
  })
  afterAll(async () => {
    await redis.stop()
  })

  test('a caller is told that it may try again, and what was taken is done after the restart', async () => {
    const jobs = open(redis, 'crash')
    let done: (text: string) => void = () => {}
    const promise = new Promise<string>((resolve) => {
      done = resolve
    })
    await jobs.enqueue('deliveries', 'kept', { text: 'kept' }, { delayMs: 0, attempts: 3 })
    await redis.kill()
    const lost = jobs.enqueue('deliveries', 'lost', { text: 'lost' }, { delayMs: 0, attempts: 3 })
    await expect(lost).rejects.toBeInstanceOf(Retryable)
    await redis.restart()
    await jobs.work<{ text: string }>('deliveries', 1, async ({ text }) => done(text))
    expect(await promise).toBe('kept')
    await jobs.close()
  })
})
