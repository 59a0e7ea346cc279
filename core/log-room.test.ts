import { describe, expect, it } from 'vitest'
import type { OutgoingBatch, Topic } from './event-log.ts'
import { isFresh, letIn, roomAsked } from './log-room.ts'

const BOUND = 3_200
const batch = (topic: Topic, size: number, realm = 'city'): OutgoingBatch => {
  return { topic, realm, shard: 0, count: 1, bytes: new Uint8Array(size), progress: [], bulk: false }
}
const ask = (bytes: number) => ({ topic: 'observations', realm: 'city', bytes, entries: 1 }) as const

describe('the room of a log', () => {
  it('is asked for by realm and topic, of what the world fills alone', () => {
    const batches = [
      batch('observations', 10),
      batch('observations', 5),
      batch('rejects', 7),
      batch('observations', 3, 'demo'),
      batch('decisions', 1_000),
      batch('signals', 1_000),
    ]
    expect(roomAsked(batches)).toEqual([
      { topic: 'observations', realm: 'city', bytes: 15, entries: 2 },
      { topic: 'rejects', realm: 'city', bytes: 7, entries: 1 },
      { topic: 'observations', realm: 'demo', bytes: 3, entries: 1 },
    ])
  })

  it.each([
    ['nothing is known', undefined, false],
    ['it was just measured', { measured: 3_000, since: 0 }, true],
    ['a little was let in since', { measured: 0, since: 99 }, true],
    ['a thirty-second of the bound was let in since', { measured: 0, since: 100 }, false],
    ['it looks full', { measured: 3_150, since: 50 }, false],
  ])('is measured again or not: %s', (_, taken, expected) => {
    expect(isFresh(taken, BOUND)).toBe(expected)
  })

  it('adds up what is let in until the bound is reached, which the last may pass', () => {
    const first = letIn({ measured: 3_000, since: 0 }, ask(150), BOUND)
    expect(first).toEqual({ measured: 3_000, since: 150 })
    const last = letIn(first, ask(9_000), BOUND)
    expect(last.since).toBe(9_150)
    expect(() => letIn(last, ask(1), BOUND)).toThrow(
      expect.objectContaining({ name: 'Retryable', code: 'log-full', message: expect.stringContaining('12150 bytes') }),
    )
  })

  it('is endless where there is no bound', () => {
    const taken = { measured: 1e15, since: 1e15 }
    expect(isFresh(taken, Number.POSITIVE_INFINITY)).toBe(true)
    expect(letIn(taken, ask(1), Number.POSITIVE_INFINITY).since).toBe(1e15 + 1)
  })
})
