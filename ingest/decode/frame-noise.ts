import type { Bilingual } from '../../core/bilingual.ts'

/** Bytes of a stream of frames that are no frame. */
export interface FrameNoise {
  readonly kind: 'noise'
  /** The head of them. */
  readonly raw: Buffer
  /** How many they are. */
  readonly bytes: number
  readonly offset: number
  readonly hint: Bilingual
  /** The beginning of a frame, and then the stream has ended: its sender was cut off and will send it again. */
  readonly isCut: boolean
}

export interface NoiseGatherer {
  isEmpty(): boolean
  /** Gives what is long enough to be told of. */
  add(bytes: Buffer, offset: number, hint: Bilingual, isCut: boolean): FrameNoise[]
  /** What was gathered, as a frame follows or the stream has ended. */
  tell(isEnd: boolean): FrameNoise[]
}

const KEPT_BYTES = 1024
/** Noise is told of after so much at the latest, so that a stream of nothing else is told of too. */
const TOLD_BYTES = 4096

export function createNoiseGatherer(): NoiseGatherer {
  let run:
    | { readonly offset: number; readonly hint: Bilingual; readonly isCut: boolean; head: Buffer; bytes: number }
    | undefined

  function tell(isEnd: boolean): FrameNoise[] {
    if (run === undefined) return []
    const { head: raw, bytes, offset, hint, isCut } = run
    run = undefined
    return [{ kind: 'noise', raw, bytes, offset, hint, isCut: isCut && isEnd }]
  }

  return {
    isEmpty: () => run === undefined,
    add(bytes, offset, hint, isCut) {
      // What came before the frame that was cut off was sent, and is told of on its own.
      const told = isCut && run?.isCut === false ? tell(false) : []
      for (let from = 0; from < bytes.length; ) {
        run ??= { offset: offset + from, hint, isCut, head: Buffer.alloc(0), bytes: 0 }
        const to = Math.min(bytes.length, from + TOLD_BYTES - run.bytes)
        const kept = Math.min(to, from + KEPT_BYTES - run.head.length)
        if (kept > from) run.head = Buffer.concat([run.head, bytes.subarray(from, kept)])
        run.bytes += to - from
        from = to
        if (run.bytes >= TOLD_BYTES) told.push(...tell(false))
      }
      return told
    },
    tell,
  }
}
