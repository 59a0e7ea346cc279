/** Requests of the platform's own that wait for their answer. */
export interface OwnRequests {
  /** Sends, and over a transport that loses things again until it is answered. Over the bound it is sent once, unwatched. */
  send(request: OwnRequest, now: number): void
  /** An answer came. */
  answered(callId: string): void
  /** Sends again what is due, and gives up what was sent often enough. */
  elapse(now: number): void
  readonly waiting: number
  readonly counts: { readonly answered: number; readonly unanswered: number }
}

export interface OwnRequest {
  readonly callId: string
  readonly reliable: boolean
  readonly send: () => void
}

interface Waiting {
  readonly request: OwnRequest
  sent: number
  next: number
}

/** On the second at which time is looked at: 1, 2, 4 and 4 s apart, which is timer E of RFC 3261 without its first halves. */
const PAUSES_MS = [1_000, 2_000, 4_000, 4_000] as const
const MOST_WAITING = 2_000

export function createOwnRequests(): OwnRequests {
  const waiting = new Map<string, Waiting>()
  const counts = { answered: 0, unanswered: 0 }

  return {
    send(request, now) {
      request.send()
      if (waiting.size < MOST_WAITING) waiting.set(request.callId, { request, sent: 1, next: now + PAUSES_MS[0] })
    },
    answered(callId) {
      if (waiting.delete(callId)) counts.answered++
    },
    elapse(now) {
      for (const [callId, one] of waiting) {
        if (one.next > now) continue
        const pause = PAUSES_MS[one.sent]
        if (pause === undefined) {
          waiting.delete(callId)
          counts.unanswered++
          continue
        }
        if (!one.request.reliable) one.request.send()
        one.sent++
        one.next = now + pause
      }
    },
    get waiting() {
      return waiting.size
    },
    counts,
  }
}
