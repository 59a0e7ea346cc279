import { withPlace } from './number-arrays.ts'

/** Records of bytes by number, side by side in one stretch of memory; what is written anew leaves a hole, and holes are closed. */
export interface Arena {
  /** Keeps a copy of the bytes under this number, in the place of what was there. */
  put(number: number, bytes: Uint8Array): void
  /** Whether these very bytes are kept under this number. */
  holds(number: number, bytes: Uint8Array): boolean
  /** Where its bytes begin in `memory`, and how many they are: none where nothing was put under it. */
  begin(number: number): number
  size(number: number): number
  /** Valid until the next `put`. */
  memory(): Buffer
}

const FIRST_BYTES = 4_096
/** Memory grows by an eighth: were it doubled, half of it would lie empty. */
const GROWTH = 1.125
const MOST_HOLES = 0.2

/** `room`: bytes that are sure to come. */
export function createArena(room = 0): Arena {
  let memory = Buffer.allocUnsafeSlow(room)
  let used = 0
  let holes = 0
  let begins = new Uint32Array(0)
  let sizes = new Uint32Array(0)

  /** Moves everything to where there is room for so many more bytes, without the holes. */
  function move(more: number): void {
    const target = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, Math.ceil((used - holes + more) * GROWTH)))
    let at = 0
    for (let number = 0; number < sizes.length; number++) {
      const begin = begins[number] ?? 0
      const size = sizes[number] ?? 0
      memory.copy(target, at, begin, begin + size)
      begins[number] = at
      at += size
    }
    memory = target
    used = at
    holes = 0
  }

  return {
    put(number, bytes) {
      begins = withPlace(begins, number)
      sizes = withPlace(sizes, number)
      const size = sizes[number] ?? 0
      if (bytes.length <= size) holes += size - bytes.length
      else {
        holes += size
        sizes[number] = 0
        if (used + bytes.length > memory.length || holes > used * MOST_HOLES) move(bytes.length)
        begins[number] = used
        used += bytes.length
      }
      memory.set(bytes, begins[number])
      sizes[number] = bytes.length
    },
    holds(number, bytes) {
      const begin = begins[number] ?? 0
      const size = sizes[number] ?? 0
      return size === bytes.length && memory.compare(bytes, 0, size, begin, begin + size) === 0
    },
    begin: (number) => begins[number] ?? 0,
    size: (number) => sizes[number] ?? 0,
    memory: () => memory,
  }
}
