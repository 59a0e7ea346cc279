import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../adapters/system-clock.ts'
import { streamOf } from '../alerts/intake.ts'
import type { AlertStatus } from '../alerts/run-alerts.ts'
import type { EventLog, Position } from '../core/event-log.ts'
import type { Present } from '../core/present.ts'
import type { ProcessorStatus } from '../processors/present-teller.ts'

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

/**
 * Waits until everything that is in the log now has been folded, said, made durable and told, and nothing of what the folds say
 * to each other is on its way: who waits for a period is idle too.
 */
export async function processed(ports: Watched, realm: string, signal: AbortSignal, everyMs: number): Promise<void> {
  const since = systemClock.now()
  const ends = await ports.log.ends('observations', realm)
  for (;;) {
    const statuses = Object.entries(await ports.present.read(realm, 'positions'))
      .filter(([key]) => key.startsWith('process '))
      .map(([, text]): ProcessorStatus => JSON.parse(text))
    const durable: Record<number, string> = Object.assign({}, ...statuses.map((status) => status.durable))
    const settled = statuses.length > 0 && statuses.every((status) => status.settled && status.at >= since)
    const isDurable = [...ends].every(([shard, end]) => (durable[shard] ?? '') >= end)
    if (settled && isDurable && (await nothingOnItsWay(ports.log, statuses))) return
    await delay(everyMs, undefined, { signal })
  }
}

/** The ends are asked for after the statuses were told: what is said since is seen. */
async function nothingOnItsWay(log: Watched['log'], statuses: readonly ProcessorStatus[]): Promise<boolean> {
  for (const topic of ['aggregates', 'sealed'] as const) {
    for (const status of statuses) {
      for (const [stream, read] of Object.entries(status[topic])) {
        const end = (await log.ends(topic, stream)).get(0)
        if (end !== undefined && read < end) return false
      }
    }
  }
  return true
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
