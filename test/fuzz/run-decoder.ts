import { setFlagsFromString } from 'node:v8'
import { createContext, runInContext, runInNewContext } from 'node:vm'
import type { Bilingual } from '../../core/bilingual.ts'
import { REJECT_REASONS } from '../../core/reject.ts'
import type { Row } from '../../ingest/decode/row.ts'
import { createOccurrences } from '../../ingest/ingest-batch.ts'
import type { CompiledFeed, Mapped } from '../../ingest/mapping/compile-feed.ts'
import { type Grain, mutated } from './mutate.ts'

/** One decoder under test: a line of the table in `decoders.ts`. */
export interface FuzzedDecoder extends Grain {
  readonly name: string
  /**
   * Everything that the decoder says about the bytes. A protocol error (bytes that no peer of the protocol sends, and
   * that are answered rather than kept) is counted under its name. `seed` may steer what the network would: where the
   * bytes are cut into chunks.
   */
  readonly decode: (bytes: Uint8Array, seed: number) => Decoded
  /** The mapping that readable rows are handed to; rows end at the decoder where absent. */
  readonly feed?: CompiledFeed
  /** Whether it is right that this input gives nothing at all, such as blank lines. */
  readonly mayBeNothing: (bytes: Uint8Array) => boolean
  /** Inputs that once broke it, in base64; they are run first, for ever. */
  readonly kept?: readonly string[]
}

export interface Decoded {
  readonly rows: readonly Row[]
  readonly protocolErrors?: readonly string[]
}

export interface FuzzReport {
  readonly decoder: string
  readonly inputs: number
  readonly bytes: number
  readonly rows: number
  readonly observations: number
  /** Rejects by reason, protocol errors by name, and how many inputs gave nothing. */
  readonly rejects: Readonly<Record<string, number>>
  readonly protocolErrors: Readonly<Record<string, number>>
  readonly nothing: number
  readonly slowestMs: number
  readonly seconds: number
  /** Heap and buffers held at the end over those at a tenth of the way, after collecting garbage, in bytes. */
  readonly grown: number
}

export interface FuzzRun {
  readonly runs: number
  /** Seed of the first input; the n-th has this plus n. */
  readonly firstSeed: number
}

/** An input of some kilobytes may take so long at most. */
const INPUT_MS = 1_000
/** A decoder that never comes back is cut off after this and named with the seed that it hangs on. */
const HANG_MS = 60_000
const BLOCK = 500
/** A decoder that keeps something of every input would be far over this after the first thousands. */
const GROWTH_BYTES = 48 * 1024 * 1024

const RECEIVED = Date.UTC(2026, 10, 22, 4)
const REASONS: ReadonlySet<string> = new Set(REJECT_REASONS)

/**
 * Hands mutated inputs to a decoder and its mapping and holds them to their promises: nothing is thrown, nothing hangs,
 * nothing is held, and every input is rows, rejects with a reason of the closed set and a hint, or a protocol error.
 * Errors: names the decoder, the seed and the input that broke a promise.
 */
export function runDecoder(decoder: FuzzedDecoder, { runs, firstSeed }: FuzzRun): FuzzReport {
  const tally = createTally()
  const kept = (decoder.kept ?? []).map((text) => Buffer.from(text, 'base64'))
  const began = performance.now()
  let held = 0
  let current = { seed: -1, bytes: Buffer.alloc(0) as Buffer }

  function one(seed: number, bytes: Buffer): void {
    current = { seed, bytes }
    const start = performance.now()
    tally.input(decoder, bytes, seed)
    const took = performance.now() - start
    // A busy machine may have let this process wait: what is slow in truth is slow again.
    const shortest = took > INPUT_MS ? Math.min(took, timeOf(seed, bytes), timeOf(seed, bytes)) : took
    tally.took(shortest)
    if (shortest > INPUT_MS) throw new Error(`took ${Math.round(shortest)} ms`)
  }

  function timeOf(seed: number, bytes: Buffer): number {
    const start = performance.now()
    decoder.decode(bytes, seed)
    return performance.now() - start
  }

  try {
    guarded(() => {
      for (const bytes of kept) one(-1, bytes)
    })
    for (let from = 0; from < runs; from += BLOCK) {
      const to = Math.min(runs, from + BLOCK)
      guarded(() => {
        for (let i = from; i < to; i++) one(firstSeed + i, mutated(firstSeed + i, decoder))
      })
      if (from <= runs / 10) held = heldBytes()
    }
  } catch (cause) {
    const { seed, bytes } = current
    const shown = bytes.subarray(0, 3_000).toString('base64')
    throw new Error(`${decoder.name} broke on seed ${seed}: ${message(cause)}; input in base64: ${shown}`, { cause })
  }
  const grown = heldBytes() - held
  if (grown > GROWTH_BYTES) throw new Error(`${decoder.name} holds ${grown} bytes more than at the beginning`)
  const seconds = Math.round(performance.now() - began) / 1000
  return { decoder: decoder.name, inputs: kept.length + runs, ...tally.total(), seconds, grown }
}

function createTally() {
  const rejects: Record<string, number> = {}
  const protocolErrors: Record<string, number> = {}
  const sums = { bytes: 0, rows: 0, observations: 0, nothing: 0, slowestMs: 0 }

  function countRow(row: Row, decoder: FuzzedDecoder, occurrence: (content: string) => number): void {
    if (row.fields === undefined) {
      reject(row.error, row.hint)
      return
    }
    const strange = Object.entries(row.fields).find(([, text]) => typeof text !== 'string')
    if (strange !== undefined) throw new Error(`the field ${strange[0]} is no text`)
    const context = { source: `fuzz:${decoder.name}`, received: RECEIVED, occurrence }
    const mapped: Mapped | undefined = decoder.feed?.mapRow(row, context)
    if (mapped?.rejected !== undefined) reject(mapped.rejected.reason, mapped.rejected.hint)
    for (const observation of mapped?.kept?.observations ?? []) {
      sums.observations++
      if (observation.value !== null && !Number.isFinite(observation.value)) throw new Error('a value is not finite')
      if (!Number.isSafeInteger(observation.known)) throw new Error('an observation without its time')
    }
  }

  function reject(reason: string, hint: Bilingual): void {
    if (!REASONS.has(reason)) throw new Error(`"${reason}" is no reason of the closed set`)
    if (hint.zh === '' || hint.en === '') throw new Error(`a reject for ${reason} without a hint`)
    rejects[reason] = (rejects[reason] ?? 0) + 1
  }

  return {
    input(decoder: FuzzedDecoder, bytes: Buffer, seed: number): void {
      const { rows, protocolErrors: faults = [] } = decoder.decode(bytes, seed)
      sums.bytes += bytes.length
      sums.rows += rows.length
      const occurrence = createOccurrences()
      for (const row of rows) countRow(row, decoder, occurrence)
      for (const fault of faults) protocolErrors[fault] = (protocolErrors[fault] ?? 0) + 1
      if (rows.length + faults.length > 0) return
      sums.nothing++
      if (!decoder.mayBeNothing(bytes)) throw new Error('nothing came of it: no row, no reject, no protocol error')
    },
    took(ms: number): void {
      sums.slowestMs = Math.max(sums.slowestMs, Math.round(ms))
    },
    total: () => ({ ...sums, rejects, protocolErrors }),
  }
}

/** Runs `work` so that even an endless loop in it is ended. */
function guarded(work: () => void): void {
  runInContext('work()', createContext({ work }), { timeout: HANG_MS })
}

setFlagsFromString('--expose_gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Collected twice: bytes outside the heap are let go by the first collection, and counted out by the second. */
function heldBytes(): number {
  collectGarbage()
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function message(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
