import { MINUTE_MS, SHANGHAI_OFFSET_MINUTES } from '../core/time.ts'
import { type Device, soundReading } from './devices.ts'
import { unitAt } from './random.ts'
import type { World } from './world.ts'

/** What a monitor of pollution calls its factor: type of system (ST) and code of HJ 212-2017. */
const FACTORS: Readonly<Record<string, { readonly st: string; readonly code: string }>> = {
  cod: { st: '32', code: 'w01018' },
  so2: { st: '31', code: 'a21026' },
}
const HALF_MINUTE_MS = 30_000
const PASSWORD = '123456'

/**
 * Frames of HJ 212 as the world's pollution monitors would send them from `start` (UTC ms) on, one device after the
 * other: realtime values every half minute, one in eight while it is being maintained (M).
 */
export function monitorFrames({ devices, options }: World, start: number, count: number): string {
  const monitors = devices.filter(isPollutionMonitor)
  const frames = Array.from({ length: count }, (_, n) => {
    const device = monitors[n % monitors.length]
    const t = start + Math.floor(n / monitors.length) * HALF_MINUTE_MS
    return device === undefined ? '' : monitorFrame(options.seed, device, t)
  })
  return frames.join('')
}

export function isPollutionMonitor({ metric }: Device): boolean {
  return FACTORS[metric.id] !== undefined
}

/** The 24 characters by which HJ 212 knows a monitor. */
export function mnOf({ enterprise, index }: Device): string {
  return `${enterprise.district.code}YX${String(index).padStart(16, '0')}`
}

function monitorFrame(seed: number, device: Device, t: number): string {
  const { st = '', code = '' } = FACTORS[device.metric.id] ?? {}
  const time = new Date(t + SHANGHAI_OFFSET_MINUTES * MINUTE_MS).toISOString().replace(/\D/g, '')
  const mn = mnOf(device)
  const quality = unitAt(seed, 72, device.index, t / HALF_MINUTE_MS) < 0.125 ? 'M' : 'N'
  const value = soundReading(seed, device, t).toFixed(2)
  const told = `DataTime=${time.slice(0, 14)};${code}-Rtd=${value},${code}-Flag=${quality}`
  const data = `QN=${time};ST=${st};CN=2011;PW=${PASSWORD};MN=${mn};Flag=5;CP=&&${told}&&`
  return `##${String(data.length).padStart(4, '0')}${data}${checkOf(data)}\r\n`
}

/** Annex A of the standard, bit by bit. */
function checkOf(data: string): string {
  let crc = 0xffff
  for (const byte of Buffer.from(data)) {
    crc = (crc >>> 8) ^ byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1
  }
  return crc.toString(16).toUpperCase().padStart(4, '0')
}
