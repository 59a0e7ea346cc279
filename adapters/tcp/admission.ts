import { createGate } from './gate.ts'

export interface AdmissionLimits {
  /** A burst of new connections is over when none has come for so long. */
  readonly quietMs: number
  /** Nobody waits longer than this for the end of a burst. */
  readonly burstMs: number
  /** Connections that are read and have not yet shown that they are devices. */
  readonly logIns: number
  /** Whoever says nothing for so long keeps no others waiting: its place goes on to the next. */
  readonly logInMs: number
}

/** Decides when a new connection is read for the first time. */
export interface Admission {
  /** Resolves when it is the connection's turn, to what gives its place back; may be called more than once. */
  enter(): Promise<() => void>
}

/**
 * After an outage all devices come back at once. The event loop accepts one connection a turn, and a turn in which
 * frames are read and made durable is a long one: the others would stand in the kernel's queue until it is full, and
 * would be turned away there for seconds. So while they come none of the new ones is read; then they are, so many at a
 * time, in the order in which they came. What they have sent meanwhile waits in the kernel.
 */
export function createAdmission({ quietMs, burstMs, logIns, logInMs }: AdmissionLimits): Admission {
  const places = createGate(logIns)
  let came = 0
  let burst: Promise<void> | undefined

  /** Ends when a whole turn of the event loop has accepted nobody: a timer alone may be late for the queue. */
  function begin(): Promise<void> {
    return new Promise((resolve) => {
      let seen = came
      const longest = setTimeout(end, burstMs)
      const quiet = setTimeout(look, quietMs)

      function look(): void {
        setImmediate(() => {
          if (came === seen) return end()
          seen = came
          quiet.refresh()
        })
      }

      function end(): void {
        clearTimeout(longest)
        clearTimeout(quiet)
        burst = undefined
        resolve()
      }
    })
  }

  return {
    async enter() {
      came++
      burst ??= begin()
      await burst
      await places.enter()
      const timer = setTimeout(leave, logInMs)
      let isInside = true
      function leave(): void {
        if (!isInside) return
        isInside = false
        clearTimeout(timer)
        places.leave()
      }
      return leave
    },
  }
}
