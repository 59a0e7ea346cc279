import { describe, expect, it } from 'vitest'
import type { LogBatch } from '../core/event-log.ts'
import type { Observation } from '../core/observation.ts'
import { shardOf } from '../core/shard.ts'
import { day, observation, testRealm } from '../test/support/observations.ts'
import { compilePolicy } from './compile-policy.ts'
import { takeFreshest } from './freshest.ts'
import { toLines } from './json-lines.ts'
import { resumedFrom } from './load-snapshots.ts'
import { createRealmProcessor, type RealmProcessor } from './realm-processor.ts'

const POLICY = compilePolicy(testRealm())
const WHO = 'uscc:91140105MA0T100092'
const SHARD = shardOf(WHO)
const REGISTERED = observation({
  record: 'r',
  feed: 'registry',
  kind: 'registration',
  known: day(0.5),
  facts: { name: '演示企业' },
})
const FINED = observation({ record: 'p', known: day(2.5) })
const TAKEN_BACK = observation({ record: 'p', known: day(2.6), version: 2, gone: 1 })

let position = 0
function batch(observations: readonly Observation[], until?: number): LogBatch {
  const progress = until === undefined ? [] : [{ feed: 'all', until, closed: false }]
  const shared = { topic: 'observations', realm: 'test', shard: SHARD, bulk: false } as const
  const bytes = toLines(observations)
  return { ...shared, count: observations.length, bytes, progress, position: String(++position).padStart(8, '0') }
}

/** What the present holds of the enterprise after each step. */
function told(
  present: Map<string, string>,
  processor: RealmProcessor,
  batches: readonly LogBatch[],
): number | undefined {
  processor.observe(batches)
  processor.elapse()
  const { urgent, gone } = takeFreshest(present, processor.said())
  for (const id of gone) present.delete(id)
  for (const [id, line] of urgent) present.set(id, line)
  const line = present.get(WHO)
  return line === undefined ? undefined : JSON.parse(line).risk
}

describe('a score that is told before it is sealed', () => {
  it('is taken back where what is sealed is what stood before', () => {
    const processor = createRealmProcessor(POLICY, [SHARD], new Map())
    const present = new Map<string, string>()
    expect(told(present, processor, [batch([REGISTERED], day(0)), batch([], day(2))])).toBe(0)
    const before = present.get(WHO)
    expect(told(present, processor, [batch([FINED])])).toBeGreaterThan(0)
    expect(told(present, processor, [batch([TAKEN_BACK])])).toBe(0)
    expect(present.get(WHO)).toBe(before)
  })

  it('never hides what is sealed after it in the same step', () => {
    const processor = createRealmProcessor(POLICY, [SHARD], new Map())
    const present = new Map<string, string>()
    told(present, processor, [batch([REGISTERED], day(0)), batch([], day(2))])
    told(present, processor, [batch([FINED]), batch([TAKEN_BACK], day(2)), batch([], day(5))])
    expect(JSON.parse(present.get(WHO) ?? '{}')).toMatchObject({ effective: day(1), risk: 0 })
  })

  it('is settled by the process that comes after the one that told it', () => {
    const first = createRealmProcessor(POLICY, [SHARD], new Map())
    const present = new Map<string, string>()
    told(present, first, [batch([REGISTERED], day(0)), batch([], day(2))])
    const before = present.get(WHO)
    expect(told(present, first, [batch([FINED])])).toBeGreaterThan(0)
    told(new Map(), first, [batch([TAKEN_BACK])])
    const snapshot = first.snapshot(SHARD)
    const next = createRealmProcessor(
      POLICY,
      [SHARD],
      new Map(snapshot === undefined ? [] : [[SHARD, resumedFrom(snapshot)]]),
    )
    expect(told(present, next, [batch([], day(5))])).toBe(0)
    expect(present.get(WHO)).toBe(before)
  })
})
