import { describe, expect, it } from 'vitest'
import type { LogBatch } from '../core/event-log.ts'
import { DAY_MS } from '../core/time.ts'
import { testRealm } from '../test/support/observations.ts'
import { compilePolicy } from './compile-policy.ts'
import { createRealmProcessor } from './realm-processor.ts'

const POLICY = compilePolicy(testRealm())
const START = Date.parse('2026-01-01T00:00:00+08:00')

function word(shard: number, position: number, until: number): LogBatch {
  const progress = [{ feed: 'all', until, closed: false }]
  const bytes = Buffer.alloc(0)
  return { topic: 'observations', realm: 'test', shard, count: 0, bytes, progress, bulk: true, position: `${position}` }
}

describe('a processor of two shards', () => {
  it('wants more to read while one shard lags, and none while both wait for the city', () => {
    const processor = createRealmProcessor(POLICY, [0, 1], new Map())
    expect(processor.wantsInput()).toBe(true)
    processor.observe([word(0, 1, START), word(0, 2, START + 30 * DAY_MS)])
    processor.elapse()
    // However far the first is ahead: nothing of the second was read yet, and nothing can be sealed without it.
    expect(processor.wantsInput()).toBe(true)
    processor.observe([word(1, 1, START), word(1, 2, START + 30 * DAY_MS)])
    processor.elapse()
    expect(processor.wantsInput()).toBe(false)
    const end = START + DAY_MS
    processor.takeSealed([
      { realm: 'test', start: START, end, effective: end + DAY_MS, counts: {}, examples: {}, ties: {} },
    ])
    expect(processor.wantsInput()).toBe(false)
  })
})
