import { MINUTE_MS, SHANGHAI_OFFSET_MINUTES } from '../core/time.ts'
import { encodeHj212 } from '../ingest/decode/hj212-frame.ts'

export const DEVICE_PASSWORD = '123456'
/** Values of a frame: each is one observation. */
export const VALUES_A_FRAME = 4
/** The rhythm of the standard. */
const EVERY_MS = 30_000

/** The `n`-th half-minute of a device since `begin` (UTC ms): four factors of waste water, an answer asked for. */
export function deviceFrame(device: number, n: number, begin: number): Buffer {
  const time = digits(begin + n * EVERY_MS)
  const mn = `140105BENCH${String(device).padStart(13, '0')}`
  const factors = [
    `w00000-Rtd=${(12 + (n % 7) / 10).toFixed(2)},w00000-Flag=N`,
    `w01001-Rtd=${(7 + (device % 9) / 10).toFixed(2)},w01001-Flag=N`,
    `w01018-Rtd=${(30 + ((device + n) % 50) / 10).toFixed(1)},w01018-Flag=N`,
    `w21003-Rtd=${(1 + (n % 5) / 10).toFixed(2)},w21003-Flag=N`,
  ]
  return encodeHj212(
    `QN=${time};ST=32;CN=2011;PW=${DEVICE_PASSWORD};MN=${mn};Flag=5;CP=&&DataTime=${time.slice(0, 14)};${factors.join(';')}&&`,
  )
}

function digits(instant: number): string {
  return new Date(instant + SHANGHAI_OFFSET_MINUTES * MINUTE_MS).toISOString().replace(/\D/g, '').slice(0, 17)
}
