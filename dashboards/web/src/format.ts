import { language } from './language.ts'

const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 86_400_000

export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 })
}

/** 12,345,678 → 1,234.6 万 or 12.3 M: totals that only grow need no last digits. */
export function large(value: number): string {
  if (language.value === 'zh') return value < 100_000 ? count(value) : `${tenths(value / 10_000)} 万`
  return value < 100_000
    ? count(value)
    : value < 1_000_000
      ? `${tenths(value / 1_000)} k`
      : `${tenths(value / 1_000_000)} M`
}

function tenths(value: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
}

/** What is not nothing does not read as nothing. */
export function percent(share: number, digits = 1): string {
  const least = 10 ** -digits
  return share > 0 && share * 100 < least ? `<${least}%` : `${(share * 100).toFixed(digits)}%`
}

/** Time that has gone by, in the largest unit that says enough. */
export function age(ms: number): string {
  const zh = language.value === 'zh'
  const past = Math.max(0, ms)
  if (past < 1_000) return zh ? '1 秒内' : '< 1 s'
  if (past < MINUTE) return `${Math.floor(past / 1_000)}${zh ? ' 秒' : ' s'}`
  if (past < HOUR) return `${Math.floor(past / MINUTE)}${zh ? ' 分钟' : ' min'}`
  if (past < 2 * DAY) return `${Math.floor(past / HOUR)}${zh ? ' 小时' : ' h'}`
  return `${Math.floor(past / DAY)}${zh ? ' 天' : ' d'}`
}

export function delay(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : ms < MINUTE ? `${(ms / 1_000).toFixed(1)} s` : age(ms)
}

function local(instant: number, offsetMinutes: number): string {
  return new Date(instant + offsetMinutes * MINUTE).toISOString()
}

/** In the realm's zone, whatever the zone of the screen: 2026-11-22. */
export function date(instant: number, offsetMinutes: number): string {
  return local(instant, offsetMinutes).slice(0, 10)
}

/** 14:05:30 */
export function time(instant: number, offsetMinutes: number): string {
  return local(instant, offsetMinutes).slice(11, 19)
}

/** 11-22 14:05 */
export function shortTime(instant: number, offsetMinutes: number): string {
  return local(instant, offsetMinutes).slice(5, 16).replace('T', ' ')
}

/** 2026-11-22 14:05 */
export function minuteTime(instant: number, offsetMinutes: number): string {
  return local(instant, offsetMinutes).slice(0, 16).replace('T', ' ')
}

const WEEKDAYS = {
  zh: ['周日', '周一', '周二', '周三', '周四', '周五', '周六'],
  en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
}

export function weekday(instant: number, offsetMinutes: number): string {
  return WEEKDAYS[language.value][new Date(instant + offsetMinutes * MINUTE).getUTCDay()] ?? ''
}

/** Money is kept in its smallest unit and read in its usual one. */
export function quantity(value: number, unit: string): string {
  if (unit === 'fen') return `¥ ${(value / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })}`
  if (unit === 'cent') return `$ ${(value / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })}`
  return `${value.toLocaleString('en-US')} ${unit}`.trim()
}
