import { createRandom, type Random } from '../../simulation/random.ts'

/** What mutated inputs of one decoder are grown from. */
export interface Grain {
  /** Inputs that are right, or wrong in a way worth varying; never changed. */
  readonly corpus: readonly Uint8Array[]
  /** Texts that mean something to the decoder: delimiters, keywords, numbers at a bound. */
  readonly tokens: readonly string[]
  /** Bound on what comes out, in bytes; repeating alone could grow an input without end. */
  readonly maxBytes: number
}

const MOST_ROUNDS = 6
const INTERESTING_BYTES = [0x00, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x30, 0x39, 0x7f, 0x80, 0xc0, 0xff]

type Mutation = (bytes: Buffer, random: Random, grain: Grain) => Buffer

const MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  function flipBit(bytes, random) {
    const changed = Buffer.from(bytes)
    const at = random.below(changed.length)
    changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8))
    return changed
  },
  function setByte(bytes, random) {
    const changed = Buffer.from(bytes)
    const byte = random.chance(0.5) ? random.below(256) : INTERESTING_BYTES[random.below(INTERESTING_BYTES.length)]
    changed[random.below(changed.length)] = byte ?? 0
    return changed
  },
  function remove(bytes, random) {
    const [from, to] = range(bytes, random)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length + 1))
  },
  function repeat(bytes, random, { maxBytes }) {
    const [from, to] = range(bytes, random)
    const room = Math.max(0, maxBytes - bytes.length)
    const times = Math.min(1 + random.below(64), Math.floor(room / Math.max(1, to - from)))
    const copies = Array.from({ length: times }, () => bytes.subarray(from, to))
    return Buffer.concat([bytes.subarray(0, to), ...copies, bytes.subarray(to)])
  },
  function swap(bytes, random) {
    const [from, to] = range(bytes, random)
    return Buffer.concat([bytes.subarray(to), bytes.subarray(from, to), bytes.subarray(0, from)])
  },
  function insertNoise(bytes, random) {
    const noise = Buffer.from(Array.from({ length: 1 + random.below(16) }, () => random.below(256)))
    return insert(bytes, noise, random)
  },
  function insertToken(bytes, random, { tokens }) {
    return insert(bytes, Buffer.from(tokens[random.below(tokens.length)] ?? ''), random)
  },
  function overwriteWithToken(bytes, random, { tokens }) {
    const token = Buffer.from(tokens[random.below(tokens.length)] ?? '')
    const at = random.below(bytes.length + 1)
    return Buffer.concat([bytes.subarray(0, at), token, bytes.subarray(at + token.length)])
  },
  function changeDigit(bytes, random) {
    const changed = Buffer.from(bytes)
    const start = random.below(changed.length)
    const at = changed.findIndex((byte, i) => i >= start && byte >= 0x30 && byte <= 0x39)
    if (at >= 0) changed[at] = 0x30 + random.below(10)
    return changed
  },
  function splice(bytes, random, { corpus }) {
    const other = corpus[random.below(corpus.length)] ?? bytes
    const [from, to] = range(other, random)
    return insert(bytes, other.subarray(from, to), random)
  },
]

/** The same seed and grain give the same bytes on every machine. */
export function mutated(seed: number, grain: Grain): Buffer {
  const random = createRandom(seed, 20_875)
  let bytes: Buffer = Buffer.from(grain.corpus[random.below(grain.corpus.length)] ?? Buffer.alloc(0))
  const rounds = 1 + random.below(MOST_ROUNDS)
  for (let round = 0; round < rounds; round++) {
    // Nothing can be flipped or cut in an empty input, so it is grown instead.
    bytes = bytes.length === 0 ? Buffer.from('0') : random.pick(MUTATIONS)(bytes, random, grain)
  }
  return bytes.subarray(0, grain.maxBytes)
}

/** Cuts the bytes into up to eight pieces, as a network may: what a decoder says must not depend on where. */
export function cut(bytes: Uint8Array, seed: number): Uint8Array[] {
  const random = createRandom(seed, 26_875)
  const places = Array.from({ length: random.below(8) }, () => random.below(bytes.length + 1)).sort((a, b) => a - b)
  const edges = [0, ...places, bytes.length]
  return edges.slice(1).map((to, i) => bytes.subarray(edges[i], to))
}

function range(bytes: Uint8Array, random: Random): [from: number, to: number] {
  const from = random.below(bytes.length)
  // Short ranges hit single fields, long ones whole records.
  const most = random.chance(0.7) ? 12 : bytes.length
  return [from, Math.min(bytes.length, from + 1 + random.below(most))]
}

function insert(bytes: Buffer, what: Uint8Array, random: Random): Buffer {
  const at = random.below(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at)])
}
