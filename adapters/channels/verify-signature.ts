import { createHmac, timingSafeEqual } from 'node:crypto'
import { MINUTE_MS } from '../../core/time.ts'

/** The names of what a delivery carries beside its body. */
export const NOTICE_HEADER = 'x-fengsui-notice'
export const TIMESTAMP_HEADER = 'x-fengsui-timestamp'
export const SIGNATURE_HEADER = 'x-fengsui-signature'

const TOLERANCE_MS = 5 * MINUTE_MS

/** `v1=` and the HMAC-SHA256, in hex, of the timestamp (UTC ms, as text), a full stop and the body's bytes. */
export function sign(secret: string, timestamp: string, body: string | Uint8Array): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`
}

export type SignatureVerdict = 'ok' | 'missing' | 'stale' | 'wrong'

/**
 * Whether a delivery is from whom shares the secret and was sent within five minutes of `now` (UTC ms), either way. Takes
 * the same time however much of a wrong signature is right.
 */
export function verifySignature(
  secret: string,
  headers: { readonly timestamp: string | undefined; readonly signature: string | undefined },
  body: string | Uint8Array,
  now: number,
): SignatureVerdict {
  const { timestamp, signature } = headers
  if (timestamp === undefined || signature === undefined) return 'missing'
  const expected = Buffer.from(sign(secret, timestamp, body))
  const given = Buffer.from(signature)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'wrong'
  const age = Math.abs(now - Number(timestamp))
  return age <= TOLERANCE_MS ? 'ok' : 'stale'
}
