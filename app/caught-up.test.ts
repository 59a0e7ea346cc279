import { expect, it } from 'vitest'
import { createMemoryEventLog } from '../adapters/memory/event-log.ts'
import { createMemoryPresent } from '../adapters/memory/present.ts'
import { systemClock } from '../adapters/system-clock.ts'
import type { EventLog, Position, Topic } from '../core/event-log.ts'
import type { ProcessorStatus } from '../processors/present-teller.ts'
import { until } from '../test/support/until.ts'
import { processed } from './caught-up.ts'

const REALM = 'city'

it.each(['aggregates', 'sealed'] as const)('is not reached while something of %s is on its way', async (topic) => {
  const log = createMemoryEventLog()
  const present = createMemoryPresent()
  const read = await say(log, 'observations')
  await say(log, topic)
  let looks = 0
  const watched: Pick<EventLog, 'ends'> = {
    ends(of, realm) {
      if (of === topic) looks += 1
      return log.ends(of, realm)
    },
  }
  let reached = false
  const waiting = processed({ log: watched, present }, REALM, AbortSignal.timeout(60_000), 1).then(() => {
    reached = true
  })
  const tell = async (status: Pick<ProcessorStatus, 'sealed' | 'aggregates'>) => {
    const whole = { at: systemClock.now() + 1_000, pending: 0, settled: true, durable: { 0: read }, ...status }
    await present.put(REALM, 'positions', { 'process 0': JSON.stringify(whole satisfies ProcessorStatus) })
  }
  const nothingRead = { sealed: { [REALM]: '' }, aggregates: { [REALM]: '' } }

  await tell(nothingRead)
  await until('a second look', () => (looks >= 2 ? true : undefined))
  expect(reached).toBe(false)

  const end = (await log.ends(topic, REALM)).get(0) ?? ''
  await tell({ ...nothingRead, [topic]: { [REALM]: end } })
  await waiting
  expect(reached).toBe(true)
})

async function say(log: EventLog, topic: Topic): Promise<Position> {
  const [position = ''] = await log.append([
    { topic, realm: REALM, shard: 0, count: 1, bytes: Buffer.from('{}\n'), progress: [], bulk: false },
  ])
  return position
}
