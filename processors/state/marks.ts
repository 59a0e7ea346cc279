import { withPlace } from './number-arrays.ts'

/** Some yes or no about each enterprise of a shard, by number. */
export interface Marks {
  set(number: number, what: number): void
  clear(number: number, what: number): void
  /** Whether any of it is set. */
  has(number: number, what: number): boolean
}

/** Asked for since somebody looked last. */
export const ASKED = 1
/** Asked for since it was packed last: it may be another one. */
export const TOUCHED = 2
/** Packed as other bytes since it was written last. */
export const CHANGED = 4
/** Due at another tick since it was written last. */
export const PUT_OFF = 8

export function createMarks(): Marks {
  let marks = new Uint8Array(0)
  return {
    set(number, what) {
      marks = withPlace(marks, number)
      marks[number] = (marks[number] ?? 0) | what
    },
    clear(number, what) {
      if (number < marks.length) marks[number] = (marks[number] ?? 0) & ~what
    },
    has: (number, what) => ((marks[number] ?? 0) & what) !== 0,
  }
}
