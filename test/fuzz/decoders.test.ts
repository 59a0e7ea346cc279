import { describe, expect, it } from 'vitest'
import { FUZZED } from './decoders.ts'
import { MESSAGING_DECODERS } from './messaging-decoders.ts'
import { cut, mutated } from './mutate.ts'
import { type FuzzedDecoder, runDecoder } from './run-decoder.ts'

const RUNS = Number(process.env.FENGSUI_FUZZ_RUNS ?? 20_000)
const FIRST_SEED = Number(process.env.FENGSUI_FUZZ_SEED ?? 0)
/** The long run prints what it found; a million inputs take minutes. */
const IS_LONG = process.env.FENGSUI_FUZZ_RUNS !== undefined

describe('a decoder that is handed anything', () => {
  it.each([...FUZZED, ...MESSAGING_DECODERS])(
    '$name neither throws nor hangs nor holds on to it, and says something of every input',
    (decoder) => {
      const report = runDecoder(decoder, { runs: RUNS, firstSeed: FIRST_SEED })
      if (IS_LONG) process.stdout.write(`${JSON.stringify(report)}\n`)
      // A corpus that mutation always breaks, or never does, would test little.
      expect(report.rows).toBeGreaterThan(RUNS / 20)
      expect(Object.keys(report.rejects).length).toBeGreaterThan(0)
      if (decoder.feed !== undefined) expect(report.observations).toBeGreaterThan(0)
    },
    IS_LONG ? 3_600_000 : 60_000,
  )
})

describe('the harness itself', () => {
  const [sound] = FUZZED
  const broken = (change: Partial<FuzzedDecoder>): FuzzedDecoder => {
    if (sound === undefined) throw new Error('no decoder is fuzzed')
    return { ...sound, name: 'broken', ...change }
  }

  it('makes the same input of a seed every time, and cuts lose nothing', () => {
    const decoder = broken({})
    for (let seed = 0; seed < 200; seed++) {
      const bytes = mutated(seed, decoder)
      expect(mutated(seed, decoder).equals(bytes)).toBe(true)
      expect(bytes.length).toBeLessThanOrEqual(decoder.maxBytes)
      expect(Buffer.concat(cut(bytes, seed)).equals(bytes)).toBe(true)
    }
  })

  it.each([
    ['that throws', { decode: throwing }, /broke on seed 7: no/],
    ['that says nothing', { decode: () => ({ rows: [] }), mayBeNothing: () => false }, /seed 7: nothing came of it/],
    [
      'whose reason is not of the closed set',
      {
        decode: () => ({
          rows: [{ line: 1, offset: 0, raw: Buffer.alloc(0), error: 'because', hint: { zh: 'x', en: 'x' } }],
        }),
      } as never,
      /"because" is no reason/,
    ],
  ])('catches a decoder %s, and names the seed', (_, change: Partial<FuzzedDecoder>, fault) => {
    expect(() => runDecoder(broken(change), { runs: 10, firstSeed: 7 })).toThrow(fault)
  })

  it('catches a decoder that keeps every input', () => {
    const keeper: Buffer[] = []
    const decode = (bytes: Uint8Array) => {
      keeper.push(Buffer.alloc(200_000, bytes[0]))
      return { rows: [], protocolErrors: ['kept'] }
    }
    expect(() => runDecoder(broken({ decode }), { runs: 1_000, firstSeed: 0 })).toThrow(/holds \d+ bytes more/)
  })

  it('runs what once broke a decoder before anything else', () => {
    const seen: string[] = []
    const decode = (bytes: Uint8Array) => {
      seen.push(Buffer.from(bytes).toString())
      return { rows: [], protocolErrors: ['seen'] }
    }
    runDecoder(broken({ decode, kept: [Buffer.from('once').toString('base64')] }), { runs: 1, firstSeed: 0 })
    expect(seen[0]).toBe('once')
  })
})

function throwing(): never {
  throw new Error('no')
}
