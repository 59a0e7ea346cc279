import type { Channel } from '../../alerts/channel.ts'
import { Refusal, Rejected, Retryable } from '../../core/errors.ts'
import { canonicalJson } from '../../core/hash.ts'
import type { Clock } from '../../core/time.ts'
import { NOTICE_HEADER, SIGNATURE_HEADER, sign, TIMESTAMP_HEADER } from './verify-signature.ts'

export interface WebhookOptions {
  /** http or https. */
  readonly url: string
  readonly secret: string
  /** From the first byte sent to the last header read. */
  readonly timeoutMs: number
  /** Wall clock: signs the instant of sending, and reads a Retry-After that is a date. */
  readonly clock: Clock
}

/** Statuses under 500 that say "later", not "never". */
const LATER = new Set([408, 425, 429])

/**
 * Posts a notice as JSON, signed. The receiver tells repeats by `x-fengsui-notice` (the notice's id, percent-encoded
 * where a header could not carry it) and may answer 409 to one that it had. A redirect is refused: the signature is
 * for the address that was configured, and no other. Errors of `deliver`: as in `Channel`; of the factory: `Refusal`.
 */
export function createWebhook({ url, secret, timeoutMs, clock }: WebhookOptions): Channel {
  const target = readUrl(url)
  return {
    async deliver(notice) {
      const body = canonicalJson(notice)
      const timestamp = String(clock.now())
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        [NOTICE_HEADER]: encodeURI(notice.id),
        [TIMESTAMP_HEADER]: timestamp,
        [SIGNATURE_HEADER]: sign(secret, timestamp, body),
      }
      const signal = AbortSignal.timeout(timeoutMs)
      const response = await post(target, { method: 'POST', headers, body, signal, redirect: 'manual' })
      await response.body?.cancel()
      judge(response, target.host, clock.now())
    },
  }
}

function readUrl(text: string): URL {
  if (!URL.canParse(text)) throw new Refusal(`"${text}" is no address of a webhook: give a whole URL`)
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Refusal(`A webhook is reached by http or https, not by ${url.protocol}`)
  }
  return url
}

/** Whatever keeps `fetch` from an answer (no name, no connection, no certificate, no time) may be gone later. */
async function post(target: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(target, init)
  } catch (cause) {
    const isTimeout = cause instanceof DOMException && cause.name === 'TimeoutError'
    if (!isTimeout && !(cause instanceof TypeError)) throw cause
    const code = isTimeout ? 'receiver-timeout' : 'receiver-unreachable'
    throw new Retryable(code, `The receiver ${target.host} did not answer`, { cause })
  }
}

function judge(response: Response, host: string, now: number): void {
  const { status } = response
  if (response.ok || status === 409) return
  if (status < 500 && !LATER.has(status)) {
    throw new Rejected(`http-${status}`, `The receiver ${host} refuses the notice with status ${status}`)
  }
  const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), now)
  const asked = retryAfterMs === undefined ? {} : { retryAfterMs }
  throw new Retryable(`http-${status}`, `The receiver ${host} answered with status ${status}`, asked)
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function readRetryAfter(text: string | null, now: number): number | undefined {
  if (text === null) return undefined
  if (/^\d+$/.test(text.trim())) return Number(text) * 1_000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
