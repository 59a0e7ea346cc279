import { createNoiseGatherer, type FrameNoise } from './frame-noise.ts'

/** What a stream of GB/T 26875.3 consists of: frames, and what is none. */
export type Gb26875Found =
  | {
      readonly kind: 'frame'
      readonly raw: Buffer
      readonly offset: number
      readonly isSound: boolean
      readonly frame: Gb26875Frame
    }
  | FrameNoise

export interface Gb26875Frame {
  readonly serial: number
  /** Of the protocol; the user's own number stands beside it. */
  readonly version: number
  readonly userVersion: number
  /** yyyyMMddHHmmss of Beijing, as the sender's clock had it. */
  readonly sent: string
  /** Six bytes as twelve hexadecimal digits, the highest byte first. */
  readonly source: string
  readonly destination: string
  readonly command: number
  readonly application: Buffer
}

export interface Gb26875Scanner {
  push(chunk: Uint8Array): Gb26875Found[]
  end(): Gb26875Found[]
}

/** Longest application data (GB/T 26875.3-2011, 6.2). */
export const GB26875_DATA_BYTES = 1024

const START = Buffer.from('@@')
const AT_SIGN = 0x40
const HASH = 0x23
const HEAD_BYTES = 27
const TAIL_BYTES = 3

/**
 * Cuts a stream into frames, holding at most one unfinished frame. A frame begins with `@@` and must end with `##` where
 * its length says; else it is none, and the next `@@` is looked for, also inside it.
 */
export function createGb26875Scanner(): Gb26875Scanner {
  let held: Buffer = Buffer.alloc(0)
  let offset = 0
  const noise = createNoiseGatherer()

  function scan(bytes: Buffer, final: boolean): Gb26875Found[] {
    const found: Gb26875Found[] = []
    let at = 0

    function pass(to: number, hint: string, isCut = false): void {
      found.push(...noise.add(bytes.subarray(at, to), offset + at, hint, isCut))
      at = to
    }

    while (at < bytes.length) {
      const start = bytes.indexOf(START, at)
      if (start < 0) {
        const keeps = !final && bytes[bytes.length - 1] === AT_SIGN ? 1 : 0
        pass(bytes.length - keeps, 'no frame begins here')
        break
      }
      pass(start, 'no frame begins here')
      const end = endOf(bytes, start)
      if (end === 'unfinished' && !final) break
      if (end === 'unfinished') pass(start + 1, 'the stream ends inside this frame', true)
      else if (end === 'broken') pass(start + 1, 'no frame of @@ … ## with its length')
      else {
        found.push(...noise.tell(false))
        const raw = bytes.subarray(start, end)
        const sum = gb26875Sum(raw.subarray(2, raw.length - TAIL_BYTES))
        const isSound = sum === raw[raw.length - TAIL_BYTES]
        found.push({ kind: 'frame', raw, offset: offset + start, isSound, frame: readFrame(raw) })
        at = end
      }
    }
    if (final) found.push(...noise.tell(true))
    held = bytes.subarray(at)
    offset += at
    return found
  }

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      return scan(held.length === 0 ? bytes : Buffer.concat([held, bytes]), false)
    },
    end: () => scan(held, true),
  }
}

function endOf(bytes: Buffer, start: number): number | 'unfinished' | 'broken' {
  if (bytes.length < start + HEAD_BYTES) return 'unfinished'
  const length = bytes.readUInt16LE(start + 24)
  if (length > GB26875_DATA_BYTES) return 'broken'
  const end = start + HEAD_BYTES + length + TAIL_BYTES
  if (bytes.length < end) return 'unfinished'
  return bytes[end - 2] === HASH && bytes[end - 1] === HASH ? end : 'broken'
}

/** Sum of the bytes from the serial number through the application data, modulo 256. */
export function gb26875Sum(bytes: Uint8Array): number {
  let sum = 0
  for (const byte of bytes) sum = (sum + byte) & 0xff
  return sum
}

function readFrame(raw: Buffer): Gb26875Frame {
  return {
    serial: raw.readUInt16LE(2),
    version: raw[4] ?? 0,
    userVersion: raw[5] ?? 0,
    sent: gb26875Time(raw.subarray(6, 12)),
    source: addressOf(raw.subarray(12, 18)),
    destination: addressOf(raw.subarray(18, 24)),
    command: raw[26] ?? 0,
    application: raw.subarray(HEAD_BYTES, raw.length - TAIL_BYTES),
  }
}

/** Second, minute, hour, day, month, year of this century, a byte each: yyyyMMddHHmmss. What is no date stays none. */
export function gb26875Time(bytes: Uint8Array): string {
  return `20${[...bytes]
    .reverse()
    .map((byte) => String(byte).padStart(2, '0'))
    .join('')}`
}

function addressOf(bytes: Buffer): string {
  return Buffer.from(bytes).reverse().toString('hex')
}
