import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Retryable } from '../../core/errors.ts'
import { presentContract } from '../../test/contracts/present.contract.ts'
import { type TestRedis, withRedis } from '../../test/support/embedded.ts'
import { createRedisPresent } from './present.ts'

const quiet = (): void => undefined

presentContract('Redis', async () => {
  const redis = await withRedis()
  const present = createRedisPresent({ redis: redis.options, onFault: quiet })
  const other = createRedisPresent({ redis: redis.options, onFault: quiet })
  return {
    present,
    other,
    async stop() {
      await present.close()
      await other.close()
      await redis.stop()
    },
  }
})

describe('the present when its Redis dies', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await withRedis({ appendfsync: 'always' })
  })
  afterAll(() => redis.stop())

  it('fails with Retryable, then serves again, and rings for everything that may have been missed', async () => {
    const present = createRedisPresent({ redis: redis.options, onFault: quiet })
    const bells: string[] = []
    let ring: (() => void) | undefined
    await present.put('city', 'warnings', { one: '1' })
    await present.watch((realm, area) => {
      bells.push(`${realm}/${area}`)
      ring?.()
    })
    await redis.kill()
    await expect(present.read('city', 'warnings')).rejects.toBeInstanceOf(Retryable)
    const rung = new Promise<void>((resolve) => {
      ring = resolve
    })
    await redis.restart()
    await rung
    expect(bells).toContain('city/warnings')
    expect(await present.readOne('city', 'warnings', 'one')).toBe('1')
    await present.close()
  })
})
