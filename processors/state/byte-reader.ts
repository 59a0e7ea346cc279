import { DOUBLE, PLAIN } from './byte-writer.ts'

/** Reads what a `ByteWriter` wrote, in the same order. Errors: `RangeError` beyond the end of the bytes. */
export interface ByteReader {
  /** How many bytes are left. */
  left(): number
  byte(): number
  number(): number
  text(): string
  hex(): string
  /** The bytes themselves, not a copy. */
  bytes(length: number): Buffer
  /** Goes on somewhere else, in these bytes or in others. */
  seek(bytes: Buffer, at: number): void
}

export function createByteReader(bytes: Buffer, from = 0): ByteReader {
  let held = bytes
  let at = from

  function byte(): number {
    const value = held[at]
    if (value === undefined) throw new RangeError(`a state of ${held.length} bytes ends before it is complete`)
    at += 1
    return value
  }

  function number(): number {
    const first = byte()
    if (first < PLAIN) return first
    if (first === DOUBLE) {
      at += 8
      return held.readDoubleLE(at - 8)
    }
    let value = 0
    let unit = 1
    for (let left = first - PLAIN + 1; left > 0; left--) {
      value += byte() * unit
      unit *= 256
    }
    return value
  }

  function text(): string {
    const marked = number()
    const isWide = marked % 2 === 1
    const length = (marked - (isWide ? 1 : 0)) / 2
    const end = at + (isWide ? length * 2 : length)
    if (end > held.length) throw new RangeError(`a state of ${held.length} bytes ends before it is complete`)
    const begin = at
    at = end
    return length === 0 ? '' : held.toString(isWide ? 'utf16le' : 'latin1', begin, end)
  }

  return {
    left: () => held.length - at,
    byte,
    number,
    text,
    hex() {
      let digits = ''
      for (let i = 0; i < 8; i++) digits += PAIRS[byte()] ?? ''
      return digits
    },
    bytes(length) {
      if (at + length > held.length) throw new RangeError(`a state of ${held.length} bytes ends before it is complete`)
      at += length
      return held.subarray(at - length, at)
    },
    seek(other, position) {
      held = other
      at = position
    },
  }
}

const PAIRS: readonly string[] = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'))
