import type { SipRequest } from './message.ts'

export type Seen =
  /** To be handled; answer it with `finish`, or give it back with `abandon`. */
  | { readonly as: 'new' }
  /** It came before and is being worked on: its answer will do for both. */
  | { readonly as: 'running' }
  | { readonly as: 'answered'; readonly response: Buffer }
  /** So many are being worked on that no more are begun. */
  | { readonly as: 'refused' }

/** Requests that came, so that a retransmission is answered alike and never carried out twice. */
export interface Transactions {
  begin(key: string, now: number): Seen
  finish(key: string, response: Buffer, now: number): void
  /** Nothing came of it: when it comes again it is new. */
  abandon(key: string): void
  readonly size: number
}

/** Timer J of RFC 3261: 64 times T1, after which no retransmission comes any more. */
const KEPT_MS = 32_000
const MOST_KEPT = 20_000
const MOST_RUNNING = 1_000
/** Looking for what has ended walks over what was deleted before, so it is done by the second, and by the slice. */
const LOOK_EVERY_MS = 1_000
const SLICE = 1_000

export function createTransactions(): Transactions {
  const running = new Set<string>()
  /** In the order of their answers, and so of their ends. */
  const answered = new Map<string, { readonly response: Buffer; readonly until: number }>()

  let nextLook = 0

  function forget(now: number): void {
    const isFull = answered.size > MOST_KEPT
    if (now < nextLook && !isFull) return
    nextLook = now + LOOK_EVERY_MS
    let left = isFull ? SLICE : 0
    for (const [key, { until }] of answered) {
      if (until > now && left-- <= 0) return
      answered.delete(key)
    }
  }

  return {
    begin(key, now) {
      forget(now)
      const before = answered.get(key)
      if (before !== undefined && before.until > now) return { as: 'answered', response: before.response }
      if (running.has(key)) return { as: 'running' }
      if (running.size >= MOST_RUNNING) return { as: 'refused' }
      running.add(key)
      return { as: 'new' }
    },
    finish(key, response, now) {
      running.delete(key)
      answered.set(key, { response, until: now + KEPT_MS })
      forget(now)
    },
    abandon(key) {
      running.delete(key)
    },
    get size() {
      return running.size + answered.size
    },
  }
}

/** Names a request: devices reuse branches, so Call-ID and CSeq are part of it, and so is who sent it. */
export function transactionKey(request: SipRequest, address: string): string {
  const { via, callId, cseq, user } = request
  return [address, user, via.parameters.get('branch') ?? '', via.sentBy, callId, cseq.number, cseq.method].join(' ')
}
