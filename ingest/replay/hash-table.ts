/** A map from 64-bit hashes, given as 16 hex digits, to small numbers: about 24 bytes an entry, for millions of them. */
export interface HashTable {
  /** -1 where absent. */
  get(high: number, low: number): number
  /** `value` from 0 to 2^32 - 2. */
  set(high: number, low: number, value: number): void
}

const MOST_FULL = 0.6

export function createHashTable(): HashTable {
  let capacity = 1024
  let size = 0
  let highs = new Uint32Array(capacity)
  let lows = new Uint32Array(capacity)
  /** Value + 1; 0 is a free slot. */
  let values = new Uint32Array(capacity)

  function slotOf(high: number, low: number): number {
    let slot = (low ^ (high >>> 7)) & (capacity - 1)
    while (values[slot] !== 0 && (highs[slot] !== high || lows[slot] !== low)) slot = (slot + 1) & (capacity - 1)
    return slot
  }

  function grow(): void {
    const [oldHighs, oldLows, oldValues] = [highs, lows, values]
    capacity *= 2
    highs = new Uint32Array(capacity)
    lows = new Uint32Array(capacity)
    values = new Uint32Array(capacity)
    for (const [i, value] of oldValues.entries()) {
      if (value === 0) continue
      const high = oldHighs[i] ?? 0
      const low = oldLows[i] ?? 0
      const slot = slotOf(high, low)
      highs[slot] = high
      lows[slot] = low
      values[slot] = value
    }
  }

  return {
    get(high, low) {
      return (values[slotOf(high >>> 0, low >>> 0)] ?? 0) - 1
    },
    set(high, low, value) {
      if (size >= capacity * MOST_FULL) grow()
      const slot = slotOf(high >>> 0, low >>> 0)
      if (values[slot] === 0) size++
      highs[slot] = high >>> 0
      lows[slot] = low >>> 0
      values[slot] = value + 1
    },
  }
}

export function highOf(hash: string): number {
  return Number.parseInt(hash.slice(0, 8), 16)
}

export function lowOf(hash: string): number {
  return Number.parseInt(hash.slice(8, 16), 16)
}
