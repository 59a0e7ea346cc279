import type { StateChange } from './registrar.ts'

/** What became of devices and is not durable yet; nothing of it is acknowledged before it is. */
export interface StateOutbox {
  add(changes: readonly StateChange[]): void
  /** Resolves when all that was added before is durable. Errors: what the taker throws; the rest waits for the next call. */
  flush(): Promise<void>
  /** Changes that were dropped because the log was away for too long. */
  readonly dropped: number
}

/** Every device of a full registrar going down and coming back while the log is away. */
const MOST_WAITING = 50_000
const AT_ONCE = 1_000

export function createStateOutbox(
  take: (realm: string, changes: readonly StateChange[]) => Promise<void>,
): StateOutbox {
  let waiting: StateChange[] = []
  let running: Promise<void> = Promise.resolve()
  let dropped = 0

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const realm = waiting[0]?.realm ?? ''
      const changes = waiting.filter((one) => one.realm === realm).slice(0, AT_ONCE)
      await take(realm, changes)
      const done = new Set(changes)
      waiting = waiting.filter((one) => !done.has(one))
    }
  }

  return {
    add(changes) {
      waiting.push(...changes)
      const over = Math.max(0, waiting.length - MOST_WAITING)
      dropped += over
      if (over > 0) waiting = waiting.slice(over)
    },
    flush() {
      running = running.then(drain, drain)
      return running
    },
    get dropped() {
      return dropped
    },
  }
}
