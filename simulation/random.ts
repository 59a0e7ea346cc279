/**
 * Randomness that depends on nothing but numbers: the same seed and place in the world give the same draw on every
 * machine, in whatever order draws are asked for. Good enough for a play, not for a lottery and not for secrets.
 */
export interface Random {
  /** Uniform in [0, 1). */
  unit(): number
  /** Whole, in [0, bound). */
  below(bound: number): number
  chance(probability: number): boolean
  /** Standard normal. */
  normal(): number
  poisson(mean: number): number
  pick<Item>(items: readonly [Item, ...Item[]]): Item
}

/** Mixes up to four whole numbers into 32 uniform bits (multiply, xor, shift rounds with odd constants). */
export function mix(a: number, b: number, c = 0, d = 0): number {
  let hash = Math.imul(a ^ 0x9e3779b1, 0x85ebca6b)
  hash = Math.imul((hash ^ (hash >>> 15) ^ b) + 0x7f4a7c15, 0xc2b2ae35)
  hash = Math.imul((hash ^ (hash >>> 13) ^ c) + 0x6a09e667, 0x27d4eb2f)
  hash = Math.imul((hash ^ (hash >>> 16) ^ d) + 0x3c6ef372, 0x165667b1)
  hash ^= hash >>> 15
  return hash >>> 0
}

/** One uniform number in [0, 1) for a place in the world. */
export function unitAt(a: number, b: number, c = 0, d = 0): number {
  return mix(a, b, c, d) / 4_294_967_296
}

/** A stream of draws for a place in the world: Weyl sequence through the same mixer. */
export function createRandom(a: number, b = 0, c = 0, d = 0): Random {
  const start = mix(a, b, c, d)
  let step = 0
  const unit = () => mix(start, ++step) / 4_294_967_296
  const normal = () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit())

  /** Knuth's product for small means, a rounded normal beyond. */
  function poisson(mean: number): number {
    if (mean > 60) return Math.max(0, Math.round(mean + normal() * Math.sqrt(mean)))
    const floor = Math.exp(-mean)
    let product = unit()
    let count = 0
    while (product > floor) {
      product *= unit()
      count += 1
    }
    return count
  }

  return {
    unit,
    below: (bound) => Math.floor(unit() * bound),
    chance: (probability) => unit() < probability,
    normal,
    poisson,
    pick: (items) => items[Math.floor(unit() * items.length)] ?? items[0],
  }
}
