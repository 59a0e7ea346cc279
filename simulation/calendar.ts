import { DAY_MS, HOUR_MS, MINUTE_MS, SHANGHAI_OFFSET_MINUTES } from '../core/time.ts'

/** The city's civil calendar (UTC+8). A day is numbered from 1970-01-01 local; instants are UTC milliseconds. */
const OFFSET_MS = SHANGHAI_OFFSET_MINUTES * MINUTE_MS
const dates = new Map<number, string>()
const TWO = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'))

export const dayOf = (instant: number): number => Math.floor((instant + OFFSET_MS) / DAY_MS)
export const startOfDay = (day: number): number => day * DAY_MS - OFFSET_MS
/** 0 is Monday. */
export const weekdayOf = (day: number): number => (day + 3) % 7
export const isWorkday = (day: number): boolean => weekdayOf(day) < 5

/** `2026-11-22`. */
export function dateText(day: number): string {
  let text = dates.get(day)
  if (text === undefined) {
    text = new Date(day * DAY_MS).toISOString().slice(0, 10)
    dates.set(day, text)
  }
  return text
}

/** `2026-11-22 14:05:00`, local. */
export function timeText(instant: number): string {
  const local = instant + OFFSET_MS
  const day = Math.floor(local / DAY_MS)
  const second = Math.floor((local - day * DAY_MS) / 1000)
  const hour = Math.floor(second / 3600)
  return `${dateText(day)} ${TWO[hour]}:${TWO[Math.floor(second / 60) % 60]}:${TWO[second % 60]}`
}

/** 1–12. */
export const monthOf = (day: number): number => Number(dateText(day).slice(5, 7))
export const dayOfMonth = (day: number): number => Number(dateText(day).slice(8, 10))
export const yearOf = (day: number): number => Number(dateText(day).slice(0, 4))
/** `2026-10`: the month before the day's own. */
export function previousMonth(day: number): string {
  return dateText(day - dayOfMonth(day)).slice(0, 7)
}

/** The day whose local date is the same day of the month `months` earlier (or that month's last). */
export function monthsBefore(day: number, months: number): number {
  const date = new Date(day * DAY_MS)
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months + 1, 0))
  const wanted = Math.min(date.getUTCDate(), first.getUTCDate())
  return Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), wanted) / DAY_MS
}

/** An instant in office hours of the day, 8:30–17:30, whole seconds. */
export const inOffice = (day: number, unit: number): number =>
  startOfDay(day) + 8.5 * HOUR_MS + Math.floor(unit * 32_400) * 1000
/** An instant when people are awake, 7:00–23:00, most in the evening. */
export const awake = (day: number, unit: number): number =>
  startOfDay(day) + 7 * HOUR_MS + Math.floor(Math.sqrt(unit) * 57_600) * 1000
/** The first workday at or after the day. */
export function workdayFrom(day: number): number {
  let at = day
  while (!isWorkday(at)) at += 1
  return at
}
