import { Rejected, Retryable } from '../../core/errors.ts'
import type { Jobs, QueueName, Schedule } from '../../core/jobs.ts'
import type { Clock } from '../../core/time.ts'
import { nextCron } from './cron.ts'

/** Jobs without a Redis, on a clock that the test moves. */
export interface MemoryJobs extends Jobs {
  /** Runs everything that is due at the clock's present instant, retries that fall due meanwhile included. */
  runDue(): Promise<void>
  /** Ids that failed for good, with their last error. */
  failed(): ReadonlyMap<string, unknown>
}

interface Job {
  readonly queue: QueueName
  readonly id: string
  readonly payload: object
  readonly attempts: number
  dueAt: number
  made: number
  state: 'waiting' | 'done' | 'failed'
}

interface Scheduled {
  readonly queue: QueueName
  readonly when: Schedule
  readonly payload: object
  nextAt: number
}

export function createMemoryJobs(clock: Clock, firstRetryMs: number): MemoryJobs {
  const jobs = new Map<string, Job>()
  const schedules = new Map<string, Scheduled>()
  const handlers = new Map<QueueName, (payload: object) => Promise<void>>()
  const failures = new Map<string, unknown>()

  function addJob(queue: QueueName, id: string, payload: object, dueAt: number, attempts: number): void {
    const key = `${queue}/${id}`
    // Through JSON, as every real queue carries it: the caller's object is never shared with the handler.
    const copy = JSON.parse(JSON.stringify(payload)) as object
    if (!jobs.has(key)) jobs.set(key, { queue, id, payload: copy, attempts, dueAt, made: 0, state: 'waiting' })
  }

  async function runJob(job: Job, handler: (payload: object) => Promise<void>): Promise<void> {
    job.made += 1
    try {
      await handler(job.payload)
      job.state = 'done'
    } catch (error) {
      if (error instanceof Rejected || job.made >= job.attempts) {
        job.state = 'failed'
        failures.set(job.id, error)
        return
      }
      const asked = error instanceof Retryable ? error.retryAfterMs : undefined
      job.dueAt = clock.now() + (asked ?? firstRetryMs * 2 ** (job.made - 1))
    }
  }

  function fireSchedules(): void {
    for (const [name, scheduled] of schedules) {
      while (scheduled.nextAt <= clock.now()) {
        addJob(scheduled.queue, `${name}/${scheduled.nextAt}`, scheduled.payload, scheduled.nextAt, 1)
        scheduled.nextAt = nextOf(scheduled.when, scheduled.nextAt)
      }
    }
  }

  return {
    async enqueue(queue, id, payload, { delayMs, attempts }) {
      addJob(queue, id, payload, clock.now() + delayMs, attempts)
    },
    async enqueueAll(queue, all, { delayMs, attempts }) {
      for (const { id, payload } of all) addJob(queue, id, payload, clock.now() + delayMs, attempts)
    },
    async work<Payload extends object>(
      queue: QueueName,
      _concurrency: number,
      handler: (payload: Payload) => Promise<void>,
    ) {
      // The port ties a queue's payload to its handler by name alone; here both sides meet.
      handlers.set(queue, handler as (payload: object) => Promise<void>)
    },
    async schedule(queue, name, when, payload) {
      schedules.set(`${queue}/${name}`, { queue, when, payload, nextAt: nextOf(when, clock.now()) })
    },
    async runDue() {
      fireSchedules()
      for (;;) {
        const due = [...jobs.values()].filter((job) => job.state === 'waiting' && job.dueAt <= clock.now())
        const runnable = due.filter((job) => handlers.has(job.queue)).sort((a, b) => a.dueAt - b.dueAt)
        if (runnable.length === 0) return
        for (const job of runnable) {
          const handler = handlers.get(job.queue)
          if (handler !== undefined) await runJob(job, handler)
        }
      }
    },
    failed: () => failures,
    async close() {
      handlers.clear()
    },
  }
}

function nextOf(when: Schedule, after: number): number {
  return 'everyMs' in when ? after + when.everyMs : nextCron(when.cron, after)
}
