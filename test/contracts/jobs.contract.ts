import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Rejected, Retryable } from '../../core/errors.ts'
import type { Jobs } from '../../core/jobs.ts'

export interface JobsUnderTest {
  readonly jobs: Jobs
  /** Waits for what the test is told of, moving time on where it is virtual. */
  until<Value>(told: Promise<Value>): Promise<Value>
  stop(): Promise<void>
}

interface Told {
  readonly promise: Promise<readonly string[]>
  readonly tell: (text: string) => void
}

/** Resolves once it was told `count` times. */
function toldTimes(count: number): Told {
  const told: string[] = []
  let resolve: (all: readonly string[]) => void = () => {}
  const promise = new Promise<readonly string[]>((done) => {
    resolve = done
  })
  return {
    promise,
    tell(text) {
      told.push(text)
      if (told.length === count) resolve(told)
    },
  }
}

const ONCE = { delayMs: 0, attempts: 1 }

/** What every adapter of the port Jobs promises. One queue a test: a queue has one handler. */
export function describeJobs(name: string, start: () => Promise<JobsUnderTest>): void {
  describe(name, () => {
    let under: JobsUnderTest
    beforeAll(async () => {
      under = await start()
    })
    afterAll(async () => {
      await under.stop()
    })

    test('a job is done once for its id, whatever characters the id has, and is retried until it succeeds', async () => {
      const { jobs, until } = under
      const tries: string[] = []
      const { promise, tell } = toldTimes(3)
      const id = 'city/uscc:91%/1767225600000/1/食品局'
      await jobs.enqueue('deliveries', id, { text: 'first' }, { delayMs: 0, attempts: 5 })
      await jobs.enqueue('deliveries', id, { text: 'second' }, { delayMs: 0, attempts: 5 })
      await jobs.enqueue('deliveries', '12345', { text: 'a number for an id' }, ONCE)
      await jobs.enqueue('deliveries', 'never', { text: 'rejected' }, { delayMs: 0, attempts: 5 })
      await jobs.enqueue('deliveries', 'later', { text: 'delayed' }, { delayMs: 30, attempts: 1 })
      await jobs.work<{ text: string }>('deliveries', 1, async ({ text }) => {
        tries.push(text)
        if (text === 'rejected') throw new Rejected('http-410', { zh: 'gone', en: 'gone' })
        if (text === 'first' && tries.filter((each) => each === 'first').length < 3) {
          throw new Retryable('http-503', 'not now', { retryAfterMs: 5 })
        }
        tell(text)
      })
      const done = await until(promise)
      expect([...done].sort()).toEqual(['a number for an id', 'delayed', 'first'])
      expect(tries.filter((each) => each === 'first')).toHaveLength(3)
      expect(tries.filter((each) => each === 'rejected')).toHaveLength(1)
    })

    test('a finished job is remembered by its id, also among many that are enqueued together', async () => {
      const { jobs, until } = under
      const done: string[] = []
      const first = toldTimes(1)
      const second = toldTimes(3)
      await jobs.work<{ text: string }>('escalations', 1, async ({ text }) => {
        done.push(text)
        first.tell(text)
        second.tell(text)
      })
      await jobs.enqueue('escalations', 'a', { text: 'a' }, ONCE)
      await until(first.promise)
      await jobs.enqueue('escalations', 'a', { text: 'a again' }, ONCE)
      const all = ['a', 'b', 'c'].map((id) => ({ id, payload: { text: id } }))
      await jobs.enqueueAll('escalations', [], ONCE)
      await jobs.enqueueAll('escalations', all, ONCE)
      await until(second.promise)
      expect(done).toEqual(['a', 'b', 'c'])
    })

    test('a schedule fires again and again, and the same name twice is one schedule', async () => {
      const { jobs, until } = under
      const { promise, tell } = toldTimes(3)
      await jobs.schedule('recalculations', 'monthly', { everyMs: 3_600_000 }, { text: 'replaced' })
      await jobs.schedule('recalculations', 'monthly', { everyMs: 40 }, { text: 'due' })
      await jobs.work<{ text: string }>('recalculations', 1, async ({ text }) => {
        if (text === 'due') tell(text)
      })
      expect(await until(promise)).toEqual(['due', 'due', 'due'])
    })
  })
}
