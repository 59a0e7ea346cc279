import { type ConnectionOptions, Queue, UnrecoverableError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { Rejected, Retryable } from '../../core/errors.ts'
import type { EnqueueOptions, Jobs, QueueName, Schedule } from '../../core/jobs.ts'
import { type RedisAddress, translateRedisError } from '../redis/connection.ts'

export interface BullmqJobsOptions {
  readonly redis: RedisAddress
  /** Key prefix: installations that share a Redis differ in it. */
  readonly prefix: string
  /** First wait before a retry; doubled each time, up to an hour. */
  readonly firstRetryMs: number
  /** Hears of a lost connection, which BullMQ mends itself, and of jobs that failed for good. */
  readonly onTrouble: (trouble: JobTrouble) => void
}

export type JobTrouble =
  | { readonly type: 'connection'; readonly error: Error }
  | { readonly type: 'failed-for-good'; readonly queue: QueueName; readonly id: string; readonly error: Error }

const LONGEST_RETRY_MS = 3_600_000
const DAY_S = 86_400
/** A finished job is kept for its id, by which a repeated enqueue is known; a failed one also for whoever asks why. */
const KEEP_COMPLETED = { age: DAY_S, count: 10_000 }
const KEEP_FAILED = { age: 30 * DAY_S, count: 10_000 }

/** Errors of `enqueue` and `schedule`: `Retryable` when Redis cannot be reached. Connections open with the first use. */
export function createBullmqJobs(options: BullmqJobsOptions): Jobs {
  const queues = new Map<QueueName, Queue>()
  const workers: Worker[] = []
  const connections: Redis[] = []
  const { prefix } = options
  const heard = (error: Error) => options.onTrouble({ type: 'connection', error })

  function connect(retries: 'at-once' | 'for-ever'): Redis {
    // A worker waits on its connection for ever; a caller of `enqueue` is told, and decides.
    const maxRetriesPerRequest = retries === 'for-ever' ? null : 0
    const redis = new Redis({ ...options.redis, maxRetriesPerRequest, maxLoadingRetryTime: 300_000 })
    redis.on('error', heard)
    connections.push(redis)
    return redis
  }

  let callers: Redis | undefined
  function queueOf(name: QueueName): Queue {
    const known = queues.get(name)
    if (known !== undefined) return known
    callers ??= connect('at-once')
    const queue = new Queue(name, { connection: callers as ConnectionOptions, prefix })
    queue.on('error', heard)
    queues.set(name, queue)
    return queue
  }

  async function translated(action: () => Promise<unknown>): Promise<void> {
    try {
      await action()
    } catch (error) {
      throw callers === undefined ? error : translateRedisError(error, 'jobs', callers)
    }
  }

  return {
    enqueue(queue, id, payload, options) {
      return translated(() => queueOf(queue).add(queue, payload, addedWith(id, options)))
    },
    enqueueAll(queue, jobs, options) {
      if (jobs.length === 0) return Promise.resolve()
      const all = jobs.map(({ id, payload }) => ({ name: queue, data: payload, opts: addedWith(id, options) }))
      return translated(() => queueOf(queue).addBulk(all))
    },
    async work<Payload extends object>(
      queue: QueueName,
      concurrency: number,
      handler: (payload: Payload) => Promise<void>,
    ) {
      const worker = new Worker<Payload>(
        queue,
        async (job) => {
          try {
            await handler(job.data)
          } catch (error) {
            if (!(error instanceof Rejected)) throw error
            throw new UnrecoverableError(`${error.reason}: ${error.message}`)
          }
        },
        {
          connection: connect('for-ever') as ConnectionOptions,
          prefix,
          concurrency,
          removeOnComplete: KEEP_COMPLETED,
          removeOnFail: KEEP_FAILED,
          settings: { backoffStrategy: (attempt, _type, error) => retryAfter(attempt, error, options.firstRetryMs) },
        },
      )
      worker.on('error', heard)
      worker.on('failed', (job, error) => {
        if (job === undefined || job.finishedOn === undefined) return
        options.onTrouble({ type: 'failed-for-good', queue, id: givenId(job.id ?? ''), error })
      })
      workers.push(worker)
      await worker.waitUntilReady()
    },
    schedule(queue, name, when, payload) {
      const template = {
        name: queue,
        data: payload,
        opts: { removeOnComplete: KEEP_COMPLETED, removeOnFail: KEEP_FAILED },
      }
      return translated(async () => {
        const known = await queueOf(queue).getJobScheduler(name)
        // An upsert leaves the next run where the old rhythm had put it; one of the same rhythm is to leave it there.
        const isOther =
          known !== undefined && ('everyMs' in when ? known.every !== when.everyMs : known.pattern !== when.cron)
        if (isOther) await queueOf(queue).removeJobScheduler(name)
        await queueOf(queue).upsertJobScheduler(name, repeatOf(when), template)
      })
    },
    async close() {
      // Workers first: they finish what they have begun while the rest is still there.
      await Promise.all(workers.map((worker) => worker.close()))
      await Promise.all([...queues.values()].map((queue) => queue.close()))
      for (const connection of connections) connection.disconnect()
    },
  }
}

function addedWith(id: string, { delayMs, attempts }: EnqueueOptions) {
  const kept = { removeOnComplete: KEEP_COMPLETED, removeOnFail: KEEP_FAILED, backoff: { type: 'custom' } }
  return { jobId: jobId(id), delay: delayMs, attempts, ...kept }
}

function repeatOf(when: Schedule): { every: number } | { pattern: string; tz: string } {
  return 'everyMs' in when ? { every: when.everyMs } : { pattern: when.cron, tz: 'Asia/Shanghai' }
}

function retryAfter(attempt: number, error: Error | undefined, firstMs: number): number {
  const asked = error instanceof Retryable ? error.retryAfterMs : undefined
  return Math.min(asked ?? firstMs * 2 ** (attempt - 1), LONGEST_RETRY_MS)
}

/** BullMQ refuses ids with a colon, and ids that are whole numbers. */
function jobId(id: string): string {
  return `j${id.replaceAll('%', '%25').replaceAll(':', '%3A')}`
}

function givenId(id: string): string {
  return id.slice(1).replaceAll('%3A', ':').replaceAll('%25', '%')
}
