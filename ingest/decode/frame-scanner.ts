import type { Bilingual } from '../../core/bilingual.ts'
import { createNoiseGatherer, type FrameNoise } from './frame-noise.ts'

/** What a stream of frames consists of: frames, and what is none. */
export type Found<Frame> = (FoundFrame & Frame) | FrameNoise

export interface FoundFrame {
  readonly kind: 'frame'
  readonly raw: Buffer
  readonly offset: number
  /** Its check is right. */
  readonly isSound: boolean
}

export type FrameState =
  | 'unfinished'
  | { readonly end: number }
  /** No frame, and up to where that is certain. */
  | { readonly broken: Bilingual; readonly to: number }

/** How frames of a protocol are told from what is none. */
export interface FrameShape<Frame> {
  /** Two equal bytes with which a frame begins. */
  readonly mark: Buffer
  /** What stands where the mark was found. */
  stateAt(bytes: Buffer, start: number): FrameState
  read(raw: Buffer): { readonly isSound: boolean } & Frame
  /** Between frames, such bytes are no noise. */
  isBlank(byte: number | undefined): boolean
}

export interface FrameScanner<Frame> {
  push(chunk: Uint8Array): Found<Frame>[]
  /** The stream has ended, or its peer fell silent inside a frame. */
  end(): Found<Frame>[]
}

/**
 * Cuts a stream into frames, holding at most one unfinished frame. After anything that is no frame the next mark is looked
 * for, also inside it: a frame whose length is wrong costs itself, not the frames behind it.
 */
export function createFrameScanner<Frame>(shape: FrameShape<Frame>): FrameScanner<Frame> {
  const { mark } = shape
  let held: Buffer = Buffer.alloc(0)
  let offset = 0
  const noise = createNoiseGatherer()

  function scan(bytes: Buffer, final: boolean): Found<Frame>[] {
    const found: Found<Frame>[] = []
    let at = 0

    function pass(to: number, hint: Bilingual, isCut = false): void {
      if (noise.isEmpty()) while (at < to && shape.isBlank(bytes[at])) at++
      found.push(...noise.add(bytes.subarray(at, to), offset + at, hint, isCut))
      at = to
    }

    while (at < bytes.length) {
      const start = bytes.indexOf(mark, at)
      if (start < 0) {
        const keeps = !final && bytes[bytes.length - 1] === mark[0] ? 1 : 0
        pass(bytes.length - keeps, { zh: '此处没有帧头', en: 'no frame begins here' })
        break
      }
      pass(start, { zh: '此处没有帧头', en: 'no frame begins here' })
      const state = shape.stateAt(bytes, start)
      if (state === 'unfinished' && !final) break
      if (state === 'unfinished')
        pass(start + 1, { zh: '数据流在本帧中途结束', en: 'the stream ends inside this frame' }, true)
      else if ('broken' in state) pass(state.to, state.broken)
      else {
        found.push(...noise.tell(false))
        const raw = bytes.subarray(start, state.end)
        found.push({ kind: 'frame', raw, offset: offset + start, ...shape.read(raw) })
        at = state.end
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
