import { unreadable } from './record-scanner.ts'
import type { Row, RowSplitter } from './row.ts'

/** For formats whose body is one document: holds it up to a bound, and reads it when it is complete. */
export function createWholeBodySplitter(
  maxBytes: number,
  read: (body: Buffer) => Row[],
  tooLong: (head: Buffer) => Row = (head) =>
    unreadable(head, 0, 1, 'line-too-long', { zh: `超过 ${maxBytes} 字节`, en: `longer than ${maxBytes} bytes` }),
): RowSplitter {
  let held: Uint8Array[] = []
  let room = maxBytes
  let seen = 0
  return {
    push(chunk) {
      seen += chunk.length
      if (room > 0) held.push(chunk.subarray(0, room))
      room -= Math.min(room, chunk.length)
      return []
    },
    end() {
      const body = Buffer.concat(held)
      held = []
      if (seen === 0) return []
      return seen > maxBytes ? [tooLong(body)] : read(body)
    },
  }
}
