import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../adapters/system-clock.ts'
import { streamOf } from '../alerts/intake.ts'
import type { AlertStatus } from '../alerts/run-alerts.ts'
import type { EventLog, Position } from '../core/event-log.ts'
import type { Present } from '../core/present.ts'
import type { ProcessorStatus } from '../processors/run-processor.ts'

const EVERY_MS = 100

interface Watched {
  readonly log: Pick<EventLog, 'ends'>
  readonly present: Pick<Present, 'read' | 'readOne'>
}

/** Waits until every score is in the history, and every warning that follows from it. */
export async function caughtUp(ports: Watched, realm: string, signal: AbortSignal): Promise<void> {
  await processed(ports, realm, signal, EVERY_MS)
  await judged(ports, realm, signal)
}

/** Waits until everything that is in the log now has been folded, said and made durable. */
export async function processed(ports: Watched, realm: string, signal: AbortSignal, everyMs: number): Promise<void> {
  const since = systemClock.now()
  const ends = await ports.log.ends('observations', realm)
  for (;;) {
    const statuses = Object.entries(await ports.present.read(realm, 'positions'))
      .filter(([key]) => key.startsWith('process '))
      .map(([, text]): ProcessorStatus => JSON.parse(text))
    const durable: Record<number, string> = Object.assign({}, ...statuses.map((status) => status.durable))
    const settled = statuses.length > 0 && statuses.every((status) => status.settled && status.at >= since)
    if (settled && [...ends].every(([shard, end]) => (durable[shard] ?? '') >= end)) return
    await delay(everyMs, undefined, { signal })
  }
}

async function judged(ports: Watched, realm: string, signal: AbortSignal): Promise<void> {
  const ends = new Map<string, Position>()
  for (const topic of ['signals', 'sealed'] as const) {
    for (const [shard, end] of await ports.log.ends(topic, realm)) ends.set(streamOf({ topic, shard }), end)
  }
  for (;;) {
    const text = await ports.present.readOne(realm, 'positions', 'alert')
    const status: AlertStatus | undefined = text === undefined ? undefined : JSON.parse(text)
    if ([...ends].every(([stream, end]) => (status?.read[stream] ?? '') >= end)) return
    await delay(EVERY_MS, undefined, { signal })
  }
}
