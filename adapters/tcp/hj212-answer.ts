import { MINUTE_MS } from '../../core/time.ts'
import { encodeHj212 } from '../../ingest/decode/hj212-frame.ts'
import type { Hj212Message } from '../../ingest/decode/hj212-message.ts'

/** Results of a request (QnRtn), HJ 212-2017, table 8. */
export const QN_RTN = {
  ready: 1,
  refused: 2,
  password: 3,
  device: 4,
  flag: 6,
  command: 8,
  checksum: 9,
  unknown: 100,
} as const

export const ANSWERS = { request: '9011', notice: '9013', data: '9014' } as const

/** What the platform says of itself; commands of the conversation are about the system. */
const SYSTEM = '91'

/**
 * An answer to a message, under the number and password that it came with, in the version that it spoke; `undefined`
 * where what it says of itself cannot be repeated.
 */
export function answerHj212(
  { head, version }: Hj212Message,
  cn: (typeof ANSWERS)[keyof typeof ANSWERS],
  result?: (typeof QN_RTN)[keyof typeof QN_RTN],
): Buffer | undefined {
  if (!/^[0-9A-Za-z_-]{1,24}$/.test(head.mn) || !/^[\x21-\x3a\x3c-\x7e]{0,32}$/.test(head.pw)) return undefined
  const qn = /^\d{1,20}$/.test(head.qn) ? `QN=${head.qn};` : ''
  const flag = version === '2005' ? 0 : 4
  const said = result === undefined ? '' : `QnRtn=${result}`
  return encodeHj212(`${qn}ST=${SYSTEM};CN=${cn};PW=${head.pw};MN=${head.mn};Flag=${flag};CP=&&${said}&&`)
}

/** Sets a device's clock (CN 1012). `now` is UTC milliseconds; the device lives at `offsetMinutes` east of it. */
export function setTimeHj212({ head, version }: Hj212Message, now: number, offsetMinutes: number): Buffer {
  const digits = new Date(now + offsetMinutes * MINUTE_MS).toISOString().replace(/\D/g, '')
  const flag = version === '2005' ? 1 : 5
  const { st, pw, mn } = head
  const time = `SystemTime=${digits.slice(0, 14)}`
  return encodeHj212(`QN=${digits.slice(0, 17)};ST=${st};CN=1012;PW=${pw};MN=${mn};Flag=${flag};CP=&&${time}&&`)
}
