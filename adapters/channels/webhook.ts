import { type IncomingMessage, Agent as PlainAgent, request as requestPlain } from 'node:http'
import { request as requestTls, Agent as TlsAgent } from 'node:https'
import { finished } from 'node:stream/promises'
import type { Channel } from '../../alerts/channel.ts'
import { Refusal, Rejected, Retryable } from '../../core/errors.ts'
import { canonicalJson } from '../../core/hash.ts'
import type { Clock } from '../../core/time.ts'
import { NOTICE_HEADER, SIGNATURE_HEADER, sign, TIMESTAMP_HEADER } from './verify-signature.ts'

export interface WebhookOptions {
  /** http or https. */
  readonly url: string
  readonly secret: string
  /** From the first byte sent to the last header read; for as long at most what follows is passed over. */
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
  const post = poster(readUrl(url), timeoutMs)
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
      judge(await post(headers, body), clock.now())
    },
  }
}

function readUrl(text: string): URL {
  if (!URL.canParse(text))
    throw new Refusal({
      zh: `“${text}”不是接收地址,请填写完整的 URL`,
      en: `"${text}" is no address of a webhook: give a whole URL`,
    })
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Refusal({
      zh: `接收地址须为 http 或 https,不能是 ${url.protocol}`,
      en: `A webhook is reached by http or https, not by ${url.protocol}`,
    })
  }
  return url
}

interface Answer {
  readonly status: number
  readonly host: string
  readonly retryAfter: string | undefined
}

/**
 * Follows nothing, and keeps the connection for the next one: `fetch` takes four times the processor's time for a notice.
 * Whatever keeps it from an answer (no name, no connection, no certificate, no time) may be gone later.
 */
function poster(target: URL, timeoutMs: number) {
  const isTls = target.protocol === 'https:'
  const agent = isTls ? new TlsAgent({ keepAlive: true }) : new PlainAgent({ keepAlive: true })
  const { host } = target
  return async (headers: Readonly<Record<string, string>>, body: string): Promise<Answer> => {
    const signal = AbortSignal.timeout(timeoutMs)
    const length = String(Buffer.byteLength(body))
    const options = { method: 'POST', agent, signal, headers: { ...headers, 'content-length': length } }
    const sending = isTls ? requestTls(target, options) : requestPlain(target, options)
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      sending.once('response', resolve)
      sending.on('error', (cause) => {
        const code = signal.aborted ? 'receiver-timeout' : 'receiver-unreachable'
        reject(new Retryable(code, `The receiver ${host} did not answer`, { cause }))
      })
    })
    sending.end(body)
    const response = await answered
    // Its status is the answer. What else it says is passed over, within the same time, so that the connection is free again.
    await finished(response.resume()).catch(() => undefined)
    return { status: response.statusCode ?? 0, host, retryAfter: response.headers['retry-after'] }
  }
}

function judge({ status, host, retryAfter }: Answer, now: number): void {
  if ((status >= 200 && status < 300) || status === 409) return
  if (status < 500 && !LATER.has(status)) {
    throw new Rejected(`http-${status}`, {
      zh: `接收方 ${host} 拒收通知,状态码 ${status}`,
      en: `The receiver ${host} refuses the notice with status ${status}`,
    })
  }
  const retryAfterMs = readRetryAfter(retryAfter, now)
  const asked = retryAfterMs === undefined ? {} : { retryAfterMs }
  throw new Retryable(`http-${status}`, `The receiver ${host} answered with status ${status}`, asked)
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function readRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text.trim())) return Number(text) * 1_000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
