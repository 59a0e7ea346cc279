import { MOST_BODY_BYTES, MOST_HEAD_BYTES } from './message.ts'

export interface SipFramer {
  /** Messages that are complete, in order; `broken` where the stream can no longer be cut into messages. */
  push(chunk: Buffer): { readonly messages: readonly Buffer[]; readonly broken: boolean }
}

const HEAD_END = '\r\n\r\n'
const CONTENT_LENGTH = /(?:^|\r\n)(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*(?=\r\n|$)/i
const CARRIAGE_RETURN = 0x0d
const LINE_FEED = 0x0a

/**
 * Cuts a TCP stream at Content-Length, which RFC 3261 (18.3) asks for on streams. Holds one message at most. Blank lines
 * between messages keep a connection open and are no message.
 */
export function createSipFramer(): SipFramer {
  let held: Buffer = Buffer.alloc(0)

  return {
    push(chunk) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const messages: Buffer[] = []
      for (;;) {
        held = held.subarray(blanks(held))
        const head = held.indexOf(HEAD_END)
        if (head < 0 || head > MOST_HEAD_BYTES) return { messages, broken: held.length > MOST_HEAD_BYTES }
        const length = Number(CONTENT_LENGTH.exec(held.toString('latin1', 0, head))?.[1] ?? Number.NaN)
        if (!(length <= MOST_BODY_BYTES)) return { messages, broken: true }
        const end = head + HEAD_END.length + length
        if (held.length < end) return { messages, broken: false }
        messages.push(held.subarray(0, end))
        held = held.subarray(end)
      }
    },
  }
}

function blanks(bytes: Buffer): number {
  let at = 0
  while (bytes[at] === CARRIAGE_RETURN || bytes[at] === LINE_FEED) at++
  return at
}
