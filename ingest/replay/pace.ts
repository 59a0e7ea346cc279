/** `full`: as fast as the log takes it; a number: so many seconds of history a second. */
export type ReplaySpeed = 'full' | number

export interface Pace {
  /** Up to which instant of history records are due at wall time `now`. */
  dueUntil(now: number): number
}

/** History's `start` falls on wall time `began`; all in milliseconds. */
export function createPace(speed: ReplaySpeed, start: number, began: number): Pace {
  if (speed === 'full') return { dueUntil: () => Number.POSITIVE_INFINITY }
  if (!(speed > 0)) throw new RangeError('a replay has to go forward')
  return { dueUntil: (now) => Math.floor(start + (now - began) * speed) }
}

/** The first of `items` that is not due, at most `most` after `from`. */
export function spanEnd(knowns: Float64Array, from: number, most: number, dueUntil: number): number {
  const end = Math.min(from + most, knowns.length)
  if ((knowns[end - 1] ?? 0) <= dueUntil) return end
  let low = from
  let high = end
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((knowns[middle] ?? 0) <= dueUntil) low = middle + 1
    else high = middle
  }
  return low
}
