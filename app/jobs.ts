import { createBullmqJobs } from '../adapters/bullmq/jobs.ts'
import type { Jobs } from '../core/jobs.ts'
import type { RoleContext } from './roles/role.ts'

/** The queues of this installation, closed with the role. */
export function openJobs({ addresses, logger, lifecycle }: RoleContext): Jobs {
  const jobs = createBullmqJobs({
    redis: addresses.presentRedis,
    prefix: 'fengsui-jobs',
    firstRetryMs: 1_000,
    onTrouble: (trouble) => logger.warn({ ...trouble, err: trouble.error }, trouble.type),
  })
  lifecycle.onStop('the jobs', () => jobs.close())
  return jobs
}
