import { type EventLog, FED_FROM_OUTSIDE } from '../core/event-log.ts'
import type { Clock } from '../core/time.ts'

export interface LogPressureOptions {
  readonly realm: string
  readonly log: Pick<EventLog, 'heldBytes'>
  /** Bytes of one topic over which nothing new is taken. */
  readonly heldBound: number
  readonly clock: Clock
}

const MEASURE_EVERY_MS = 250

/** Whether the log of a realm holds more than it should; asked as often as one likes, measured four times a second. */
export function createLogPressure({ realm, log, heldBound, clock }: LogPressureOptions): {
  isPressed(): Promise<boolean>
} {
  let measured = Number.NEGATIVE_INFINITY
  let held: Promise<number> = Promise.resolve(0)

  /** The fuller of the topics that the world fills; each has the same bound. */
  async function measure(): Promise<number> {
    return Math.max(...(await Promise.all([...FED_FROM_OUTSIDE].map((topic) => log.heldBytes(topic, realm)))))
  }

  return {
    async isPressed() {
      const now = clock.now()
      if (now - measured >= MEASURE_EVERY_MS) {
        measured = now
        held = measure()
      }
      return (await held) > heldBound
    },
  }
}
