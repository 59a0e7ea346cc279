import { createMemoryEventLog } from '../../adapters/memory/event-log.ts'
import { describeEventLog } from './event-log.contract.ts'

async function start() {
  const log = createMemoryEventLog({ wait: () => Promise.resolve() })
  return { open: () => log, stop: () => log.close() }
}

describeEventLog('the event log in memory', start, undefined, 5_000)
