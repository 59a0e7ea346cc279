import { expect, test } from 'vitest'
import { nextCron } from '../../adapters/memory/cron.ts'
import { createMemoryJobs } from '../../adapters/memory/jobs.ts'
import { describeJobs } from './jobs.contract.ts'

describeJobs('jobs in memory', async () => {
  let now = Date.UTC(2026, 0, 1)
  const jobs = createMemoryJobs({ now: () => now }, 10)
  return {
    jobs,
    async until(told) {
      let isTold = false
      const watched = told.finally(() => {
        isTold = true
      })
      for (let step = 0; step < 1_000 && !isTold; step++) {
        await jobs.runDue()
        now += 10
      }
      return watched
    },
    stop: () => jobs.close(),
  }
})

test.each([
  ['every day at 02:30', '30 2 * * *', '2026-01-31T03:00:00+08:00', '2026-02-01T02:30:00+08:00'],
  ['on the first of the month', '0 6 1 * *', '2026-01-31T18:00:00+08:00', '2026-02-01T06:00:00+08:00'],
  ['on Mondays', '0 9 * * 1', '2026-11-22T12:00:00+08:00', '2026-11-23T09:00:00+08:00'],
  ['every quarter of an hour', '*/15 * * * *', '2026-11-22T12:07:00+08:00', '2026-11-22T12:15:00+08:00'],
  ['strictly after the instant given', '15 12 * * *', '2026-11-22T12:15:00+08:00', '2026-11-23T12:15:00+08:00'],
])('a schedule %s is read on the clock of Shanghai', (_name, expression, after, next) => {
  expect(nextCron(expression, Date.parse(after))).toBe(Date.parse(next))
})

test('a schedule that cannot be read is refused', () => {
  for (const wrong of ['* * * *', '61 * * * *', 'a * * * *', '0 0 31 2 *']) expect(() => nextCron(wrong, 0)).toThrow()
})
