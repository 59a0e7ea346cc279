/** Numbers and texts one behind the other, in bytes that grow; `createByteReader` reads them back, to the last bit. */
export interface ByteWriter {
  /** How many bytes were written since the last `clear`. */
  length(): number
  byte(value: number): void
  /** A whole number from 0 on takes as few bytes as it needs, any other nine. */
  number(value: number): void
  text(value: string): void
  /** Sixteen lower-case hexadecimal digits as eight bytes. */
  hex(digits: string): void
  bytes(value: Uint8Array): void
  /** What was written, valid until the next call of anything. */
  view(): Uint8Array
  clear(): void
}

/** Below this a number is its own first byte; from it on the byte says how many more there are. */
export const PLAIN = 248
/** The first byte of a number that is no whole one from 0 on: its eight bytes as a double follow. */
export const DOUBLE = 255
/** Two to the power of 32. */
const WORD = 4_294_967_296

const FIRST_BYTES = 4_096

export function createByteWriter(): ByteWriter {
  let held = Buffer.allocUnsafe(FIRST_BYTES)
  let at = 0

  function room(bytes: number): void {
    if (at + bytes <= held.length) return
    const larger = Buffer.allocUnsafe(Math.max(held.length * 2, at + bytes))
    held.copy(larger, 0, 0, at)
    held = larger
  }

  function number(value: number): void {
    room(9)
    if (!Number.isSafeInteger(value) || value < 0 || Object.is(value, -0)) {
      held[at] = DOUBLE
      held.writeDoubleLE(value, at + 1)
      at += 9
      return
    }
    if (value < PLAIN) {
      held[at++] = value
      return
    }
    const first = at++
    for (let low = value >>> 0; low > 0; low >>>= 8) held[at++] = low & 0xff
    let high = Math.floor(value / WORD)
    if (high > 0) {
      for (; at < first + 5; at++) held[at] = 0
      for (; high > 0; high >>>= 8) held[at++] = high & 0xff
    }
    held[first] = PLAIN + at - first - 2
  }

  return {
    length: () => at,
    byte(value) {
      room(1)
      held[at++] = value
    },
    number,
    text(value) {
      const { length } = value
      room(length * 2 + 9)
      // Written as if it were plain, and once more where it turns out not to be: nearly all texts are names and codes.
      const begin = at
      number(length * 2)
      let code = 0
      for (let i = 0; i < length && code < 256; i++) {
        code = value.charCodeAt(i)
        held[at++] = code
      }
      if (code < 256) return
      at = begin
      number(length * 2 + 1)
      at += held.write(value, at, 'utf16le')
    },
    hex(digits) {
      room(8)
      for (let i = 0; i < 16; i += 2) held[at++] = (nibble(digits, i) << 4) | nibble(digits, i + 1)
    },
    bytes(value) {
      room(value.length)
      held.set(value, at)
      at += value.length
    },
    view: () => held.subarray(0, at),
    clear() {
      at = 0
    },
  }
}

function nibble(digits: string, at: number): number {
  const code = digits.charCodeAt(at)
  return code < 58 ? code - 48 : code - 87
}

/** Whether a text can be written as `hex`. */
export function isHex(text: string): boolean {
  if (text.length !== 16) return false
  for (let i = 0; i < 16; i++) {
    const code = text.charCodeAt(i)
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false
  }
  return true
}
