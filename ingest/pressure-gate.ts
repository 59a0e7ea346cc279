import { setTimeout as delay } from 'node:timers/promises'
import type { RealmIntake } from './realm-intake.ts'

/**
 * Holds senders back while the log holds too much. What waits here was neither acknowledged nor read on after, so a
 * sender that waits for its acknowledgements slows down; it costs what was read from its connection and no more.
 */
export interface PressureGate {
  /** `true` once there is room; `false` where the owner left meanwhile. Errors: `Retryable` where the log cannot be asked. */
  pass(owner: object): Promise<boolean>
  /** Whether something of this owner waits. */
  holds(owner: object): boolean
  /** Whoever waits in this owner's name is let go without passing. */
  leave(owner: object): void
}

interface Waiting {
  readonly passed: (room: boolean) => void
  readonly failed: (error: unknown) => void
}

const LOOK_MS = 250

export function createPressureGate(intake: Pick<RealmIntake, 'isPressed'>): PressureGate {
  let waiting = new Map<object, Waiting[]>()
  let looking: Promise<void> | undefined

  async function look(): Promise<void> {
    try {
      while (waiting.size > 0 && (await intake.isPressed())) await delay(LOOK_MS)
      release(({ passed }) => passed(true))
    } catch (error) {
      release(({ failed }) => failed(error))
    }
  }

  function release(tell: (each: Waiting) => void): void {
    const released = waiting
    waiting = new Map()
    looking = undefined
    for (const each of released.values()) each.forEach(tell)
  }

  return {
    async pass(owner) {
      if (looking === undefined && !(await intake.isPressed())) return true
      return new Promise((passed, failed) => {
        const others = waiting.get(owner)
        if (others === undefined) waiting.set(owner, [{ passed, failed }])
        else others.push({ passed, failed })
        looking ??= look()
      })
    },

    holds: (owner) => waiting.has(owner),

    leave(owner) {
      const left = waiting.get(owner) ?? []
      waiting.delete(owner)
      for (const { passed } of left) passed(false)
    },
  }
}
