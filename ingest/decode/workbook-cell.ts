import { DAY_MS } from '../../core/time.ts'

/** Days from 1970-01-01 back to the day 0 of each way of counting. */
const DAY_0_OF_1900 = -25_569
const DAY_0_OF_1904 = -24_107
/** Excel counts a 29 February 1900 that never was: the days before it are one too high. */
const LEAP_DAY_THAT_NEVER_WAS = 60
const SECOND_MS = 1_000

/** The date that a number of days shows, `2026-01-05` or `2026-01-05 08:30:00`; `undefined` for what Excel does not date. */
export function serialDate(serial: number, from1904: boolean): string | undefined {
  if (!(serial >= 0) || serial >= 2_958_466) return undefined
  const whole = Math.floor(serial)
  if (!from1904 && whole === LEAP_DAY_THAT_NEVER_WAS) return undefined
  const shifted = from1904 || serial > LEAP_DAY_THAT_NEVER_WAS ? serial : serial + 1
  const days = shifted + (from1904 ? DAY_0_OF_1904 : DAY_0_OF_1900)
  // A number of days holds the second, not much more.
  const instant = Math.round((days * DAY_MS) / SECOND_MS) * SECOND_MS
  const text = new Date(instant).toISOString()
  return instant % DAY_MS === 0 ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 19)}`
}

/** Column of a reference like `AB12`, from 0; -1 for what is none. Excel ends at XFD. */
export function columnOfReference(reference: string): number {
  let column = 0
  let at = 0
  for (; at < reference.length && at < 4; at++) {
    const letter = reference.charCodeAt(at) - 64
    if (letter < 1 || letter > 26) break
    column = column * 26 + letter
  }
  return at === 0 || column > 16_384 ? -1 : column - 1
}
