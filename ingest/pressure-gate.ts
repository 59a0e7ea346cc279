import { setTimeout as delay } from 'node:timers/promises'
import type { RealmIntake } from './intake-port.ts'

/**
 * Holds senders back while the log holds too much. What waits here was neither acknowledged nor read on after, so a
 * sender that waits for its acknowledgements slows down; it costs what was read from its connection and no more.
 */
export interface PressureGate {
  /**
   * `true` where there is room, at once where that is known; `false` where the owner left meanwhile. Errors: `Retryable`
   * where the log cannot be asked.
   */
  pass(owner: object): true | Promise<boolean>
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
const OPEN_MS = 50

export function createPressureGate(intake: Pick<RealmIntake, 'isPressed'>): PressureGate {
  let waiting = new Map<object, Waiting[]>()
  let looking: Promise<void> | undefined
  /** Stale: there was room a moment ago; whoever comes passes, and it is looked again. */
  let state: 'closed' | 'open' | 'stale' = 'closed'

  async function look(): Promise<void> {
    try {
      while (await intake.isPressed()) {
        state = 'closed'
        if (waiting.size === 0) return
        await delay(LOOK_MS)
      }
      state = 'open'
      setTimeout(turnStale, OPEN_MS).unref()
      release(({ passed }) => passed(true))
    } catch (error) {
      state = 'closed'
      release(({ failed }) => failed(error))
    } finally {
      looking = undefined
    }
  }

  function turnStale(): void {
    if (state === 'open') state = 'stale'
  }

  function release(tell: (each: Waiting) => void): void {
    const released = waiting
    waiting = new Map()
    for (const each of released.values()) each.forEach(tell)
  }

  return {
    pass(owner) {
      if (state !== 'open' && looking === undefined) looking = look()
      if (state !== 'closed') return true
      return new Promise((passed, failed) => {
        const others = waiting.get(owner)
        if (others === undefined) waiting.set(owner, [{ passed, failed }])
        else others.push({ passed, failed })
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
