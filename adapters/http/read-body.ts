import type { Readable } from 'node:stream'
import { RefusedRequest } from './ingest-errors.ts'

export interface BodyLimits {
  readonly bodyBytes: number
  /** How much of a refused body is read and thrown away, so that its sender is there to hear the answer. */
  readonly drainBytes: number
  /** Bodies held at once, all requests together: over it, senders have to wait. */
  readonly heldBytes: number
}

export interface HeldBody {
  readonly bytes: Buffer
  /** Gives its share of the common bound back. */
  release(): void
}

export interface BodyReader {
  /** Errors: `RefusedRequest` where the body is too large, or too many are held. */
  read(stream: Readable): Promise<HeldBody>
}

const RETRY_AFTER_S = 2

export function createBodyReader(limits: BodyLimits): BodyReader {
  let held = 0

  return {
    async read(stream) {
      let chunks: Buffer[] = []
      let seen = 0
      let share = 0
      let refused: RefusedRequest | undefined
      const release = () => {
        held -= share
        share = 0
      }
      try {
        for await (const chunk of stream) {
          seen += chunk.length
          if (refused === undefined) {
            if (seen > limits.bodyBytes) refused = new RefusedRequest('too-large')
            else if (held + chunk.length > limits.heldBytes) {
              refused = new RefusedRequest('back-pressure', { retryAfter: RETRY_AFTER_S })
            }
          }
          if (refused === undefined) {
            chunks.push(chunk)
            share += chunk.length
            held += chunk.length
          } else {
            chunks = []
            release()
            if (seen > limits.drainBytes) break
          }
        }
        if (refused !== undefined) throw refused
        return { bytes: Buffer.concat(chunks), release }
      } catch (error) {
        release()
        throw error
      }
    },
  }
}
