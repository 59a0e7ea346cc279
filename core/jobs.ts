/** The control plane: delivery, deadlines, monthly work. Never one job per observation. */
export interface Jobs {
  /** The same `id` while a job of that id is kept is one job. */
  enqueue<Payload extends object>(
    queue: QueueName,
    id: string,
    payload: Payload,
    options: EnqueueOptions,
  ): Promise<void>
  /** As `enqueue` for each of them, in one round trip; after an error any part of them may be in the queue. */
  enqueueAll(queue: QueueName, jobs: readonly JobToDo[], options: EnqueueOptions): Promise<void>
  /** Runs `handler` for each job; a thrown `Rejected` fails for good, anything else is retried with back-off. */
  work<Payload extends object>(
    queue: QueueName,
    concurrency: number,
    handler: (payload: Payload) => Promise<void>,
  ): Promise<void>
  /** Creates or replaces the schedule; cron in Asia/Shanghai. */
  schedule<Payload extends object>(queue: QueueName, name: string, when: Schedule, payload: Payload): Promise<void>
  close(): Promise<void>
}

export type QueueName = 'deliveries' | 'escalations' | 'recalculations'

export interface JobToDo {
  readonly id: string
  readonly payload: object
}

export interface EnqueueOptions {
  readonly delayMs: number
  readonly attempts: number
}

export type Schedule = { readonly cron: string } | { readonly everyMs: number }
