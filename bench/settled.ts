import { setTimeout as delay } from 'node:timers/promises'
import type { Ports } from '../app/ports.ts'
import type { ProcessorStatus } from '../processors/run-processor.ts'

const EVERY_MS = 25

/** Waits until everything that is in the log now has been folded, said and made durable. */
export async function settled(ports: Ports, realm: string, signal: AbortSignal): Promise<void> {
  const ends = await ports.log.ends('observations', realm)
  for (;;) {
    const statuses = Object.entries(await ports.present.read(realm, 'positions'))
      .filter(([key]) => key.startsWith('process '))
      .map(([, text]): ProcessorStatus => JSON.parse(text))
    const durable: Record<number, string> = Object.assign({}, ...statuses.map((status) => status.durable))
    const done = statuses.length > 0 && statuses.every((status) => status.settled)
    if (done && [...ends].every(([shard, end]) => (durable[shard] ?? '') >= end)) return
    await delay(EVERY_MS)
    signal.throwIfAborted()
  }
}
