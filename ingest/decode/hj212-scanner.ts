import { createNoiseGatherer, type FrameNoise } from './frame-noise.ts'
import { HJ212_DATA_BYTES, hj212Crc } from './hj212-frame.ts'
import { CARRIAGE_RETURN, LINE_FEED } from './record-scanner.ts'

/** What a stream of HJ 212 consists of: frames, and what is none. */
export type Hj212Found =
  | {
      readonly kind: 'frame'
      /** From `##` through the check; the line end is not part of it. */
      readonly raw: Buffer
      readonly data: Buffer
      readonly offset: number
      readonly isSound: boolean
    }
  | FrameNoise

export interface Hj212Scanner {
  push(chunk: Uint8Array): Hj212Found[]
  /** The stream has ended, or its peer fell silent inside a frame. */
  end(): Hj212Found[]
}

const HASH = 0x23
const START = Buffer.from('##')
const HEAD_BYTES = 6
const CRC_BYTES = 4

/**
 * Cuts a stream into frames, holding at most one unfinished frame. After anything that is no frame it looks for the next
 * `##`: a frame whose length is wrong costs itself, not the frames behind it. A frame is given as soon as its check is
 * there: devices that leave out the line end are answered like the others.
 */
export function createHj212Scanner(): Hj212Scanner {
  let held: Buffer = Buffer.alloc(0)
  let offset = 0
  const noise = createNoiseGatherer()

  function scan(bytes: Buffer, final: boolean): Hj212Found[] {
    const found: Hj212Found[] = []
    let at = 0

    function pass(to: number, hint: string, isCut = false): void {
      // Line ends and blanks between frames are no noise.
      if (noise.isEmpty()) while (at < to && isBlank(bytes[at])) at++
      found.push(...noise.add(bytes.subarray(at, to), offset + at, hint, isCut))
      at = to
    }

    while (at < bytes.length) {
      const start = bytes.indexOf(START, at)
      if (start < 0) {
        const keeps = !final && bytes[bytes.length - 1] === HASH ? 1 : 0
        pass(bytes.length - keeps, 'no frame begins here')
        break
      }
      pass(start, 'no frame begins here')
      const state = frameAt(bytes, start)
      if (state === 'unfinished' && !final) break
      if (state === 'unfinished') {
        pass(bytes.length, 'the stream ends inside this frame', true)
      } else if ('broken' in state) {
        pass(state.to, state.broken)
      } else {
        found.push(...noise.tell(false))
        const { end } = state
        const data = bytes.subarray(start + HEAD_BYTES, end - CRC_BYTES)
        const told = Number.parseInt(bytes.toString('latin1', end - CRC_BYTES, end), 16)
        const isSound = isHex(bytes, end - CRC_BYTES, end) && told === hj212Crc(data)
        found.push({ kind: 'frame', raw: bytes.subarray(start, end), data, offset: offset + start, isSound })
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

type FrameState = 'unfinished' | { readonly end: number } | { readonly broken: string; readonly to: number }

/** `start` is where `##` stands. */
function frameAt(bytes: Buffer, start: number): FrameState {
  for (let i = 2; i < HEAD_BYTES; i++) {
    const byte = bytes[start + i]
    if (byte === undefined) return 'unfinished'
    if (byte < 0x30 || byte > 0x39) return { broken: 'no length of four digits after ##', to: start + 1 }
  }
  const length = Number(bytes.toString('latin1', start + 2, start + HEAD_BYTES))
  if (length > HJ212_DATA_BYTES) return { broken: `longer than ${HJ212_DATA_BYTES} bytes`, to: start + 2 }
  const dataEnd = start + HEAD_BYTES + length
  // Neither stands in data: whichever comes first says that the length is wrong.
  const data = bytes.subarray(start + HEAD_BYTES, dataEnd)
  const cut = [START, CARRIAGE_RETURN, LINE_FEED].map((mark) => data.indexOf(mark)).filter((place) => place >= 0)
  if (cut.length > 0) {
    return { broken: 'the frame ends before its length says', to: start + HEAD_BYTES + Math.min(...cut) }
  }
  const end = dataEnd + CRC_BYTES
  return bytes.length < end ? 'unfinished' : { end }
}

function isBlank(byte: number | undefined): boolean {
  return byte === CARRIAGE_RETURN || byte === LINE_FEED || byte === 0x20 || byte === 0x09 || byte === 0x00
}

function isHex(bytes: Buffer, from: number, to: number): boolean {
  return /^[0-9A-Fa-f]+$/.test(bytes.toString('latin1', from, to))
}
