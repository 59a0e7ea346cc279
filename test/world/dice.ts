/** Chance by number: the same seed throws the same, on every machine. */
export interface Dice {
  /** 0 inclusive to 1 exclusive. */
  next(): number
  /** A whole number, both ends included. */
  between(from: number, to: number): number
  chance(probability: number): boolean
  pick<Item>(items: readonly Item[]): Item
  shuffled<Item>(items: readonly Item[]): Item[]
  /** Another sequence out of the same seed: what one part of a world throws does not shift another's throws. */
  fork(name: string): Dice
}

/** The generator mulberry32 (Tommy Ettinger, public domain). */
export function createDice(seed: number): Dice {
  let state = seed >>> 0

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))

  function shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, key: next() }))
      .sort((left, right) => left.key - right.key)
      .map(({ item }) => item)
  }

  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick(items) {
      const picked = items[between(0, items.length - 1)]
      if (picked === undefined) throw new RangeError('there is nothing to pick from')
      return picked
    },
    shuffled,
    fork(name) {
      let forked = seed
      for (let i = 0; i < name.length; i++) forked = Math.imul(forked ^ name.charCodeAt(i), 0x01000193)
      return createDice(forked)
    },
  }
}
