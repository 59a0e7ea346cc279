/**
 * Instants are milliseconds since 1970-01-01T00:00:00Z. Civil dates belong to a realm's zone, given as a fixed offset
 * in minutes east of UTC (China has kept +480 without summer time since 1991-09-15).
 */
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000
export const SHANGHAI_OFFSET_MINUTES = 480

/** The boundary of the grid of `stepMs`, aligned to local midnight, at or before `instant`. */
export function floorToGrid(instant: number, stepMs: number, offsetMinutes: number): number {
  const offset = offsetMinutes * MINUTE_MS
  return Math.floor((instant + offset) / stepMs) * stepMs - offset
}

/** The first boundary of that grid strictly after `instant`. */
export function nextGrid(instant: number, stepMs: number, offsetMinutes: number): number {
  return floorToGrid(instant, stepMs, offsetMinutes) + stepMs
}

/** Local midnight of a civil date, as an instant; `undefined` where the date does not exist (2014-02-30). */
export function civilDate(year: number, month: number, day: number, offsetMinutes: number): number | undefined {
  const utc = Date.UTC(year, month - 1, day)
  const back = new Date(utc)
  if (back.getUTCFullYear() !== year || back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day) return undefined
  return utc - offsetMinutes * MINUTE_MS
}

/** `2026-11-22T14:05:00+08:00` in the given zone: what people read; machines keep the number. */
export function toLocalIso(instant: number, offsetMinutes: number): string {
  const local = new Date(instant + offsetMinutes * MINUTE_MS).toISOString().slice(0, 19)
  const sign = offsetMinutes < 0 ? '-' : '+'
  const absolute = Math.abs(offsetMinutes)
  const hours = String(Math.floor(absolute / 60)).padStart(2, '0')
  return `${local}${sign}${hours}:${String(absolute % 60).padStart(2, '0')}`
}

export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number
}
