import { minuteTime } from './format.ts'
import { language, t, tCode } from './language.ts'

/** Facts that hold an instant, as milliseconds. */
const INSTANTS: ReadonlySet<string> = new Set(['deadline', 'until', 'fulfilled', 'due'])
const TOKEN = /^tk:[0-9a-f]{20}$/

/** A fact's value as a person reads it: an instant in the realm's zone, a code by its name, of a token only that it is one. */
export function factText(name: string, value: string, zoneOffsetMinutes: number): string {
  if (INSTANTS.has(name) && /^\d{12,14}$/.test(value)) return minuteTime(Number(value), zoneOffsetMinutes)
  return TOKEN.test(value) ? t('hidden') : tCode('value', value)
}

const UNITS: Readonly<Record<string, string>> = { min: '分钟', d: '天', 'working d': '个工作日' }

/** What an indicator measured: figures, with units in the reader's language. */
export function measureText(measure: string): string {
  if (language.value !== 'zh') return measure
  return measure.replace(/(\d) (min|working d|d)\b/g, (_, digit: string, unit: string) => `${digit} ${UNITS[unit]}`)
}
