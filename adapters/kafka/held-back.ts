import { setTimeout as sleep } from 'node:timers/promises'
import { Retryable } from '../../core/errors.ts'
import type { RealmIntake } from '../../ingest/intake-port.ts'

/** Partitions that were paused until the log has room again. */
export interface HeldBack {
  /** `resume` is called once there is room. */
  add(resume: () => void): void
  /** Their consumer is gone. */
  forget(): void
}

const LOOK_MS = 500

export function createHeldBack(intake: Pick<RealmIntake, 'isPressed'>, signal: AbortSignal): HeldBack {
  let paused: (() => void)[] = []
  let looking = false

  async function look(): Promise<void> {
    looking = true
    while (paused.length > 0) {
      await sleep(LOOK_MS, undefined, { ref: false })
      if (signal.aborted || !(await hasRoom())) continue
      const resumed = paused
      paused = []
      for (const resume of resumed) resume()
    }
    looking = false
  }

  async function hasRoom(): Promise<boolean> {
    try {
      return !(await intake.isPressed())
    } catch (error) {
      // A log that cannot be asked has no room; it is asked again.
      if (error instanceof Retryable) return false
      throw error
    }
  }

  return {
    add(resume) {
      paused.push(resume)
      if (!looking) void look()
    },
    forget() {
      paused = []
    },
  }
}
