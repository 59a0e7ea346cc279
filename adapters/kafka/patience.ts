import { setTimeout as sleep } from 'node:timers/promises'
import { Retryable } from '../../core/errors.ts'

const ATTEMPTS = 50
const PAUSE_MS = 100

/**
 * Tries again, for about 5 s, while a partition or a group is on its way to a broker: after a topic was created or a
 * broker came back. kafkajs itself tries again where a connection broke, and gives up at once on these.
 */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Retryable) || error.code !== 'log-moving' || attempt === ATTEMPTS) throw error
      await sleep(PAUSE_MS)
    }
  }
}
