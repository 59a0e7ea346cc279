import { Refusal, Retryable } from '../../core/errors.ts'

/** An answer has begun by then; its body has five minutes. */
const ANSWER_MS = 30_000
const BODY_MS = 300_000

/**
 * One request to a source, its faults sorted: what another try may mend is `Retryable`, what a person has to mend is a
 * `Refusal`. Redirections are not followed: they would carry a secret to wherever they point.
 */
export async function fetched(url: URL, init: RequestInit, send: typeof fetch = fetch): Promise<Response> {
  const place = `${url.host}${url.pathname}`
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), ANSWER_MS)
  let response: Response
  try {
    const signal = AbortSignal.any([late.signal, AbortSignal.timeout(BODY_MS)])
    response = await send(url, { ...init, redirect: 'manual', signal })
  } catch (error) {
    throw new Retryable('source-unreachable', `${place} cannot be reached`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
  const { status } = response
  if (status < 300 || status === 304) return response
  await response.body?.cancel()
  if (status === 429 || status === 408 || status >= 500) {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    const wait = Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}
    throw new Retryable('source-busy', `${place} has answered ${status}`, wait)
  }
  if (status < 400)
    throw new Refusal({
      zh: `${place} 指向别处(${status}),请在规则中写明实际地址`,
      en: `${place} points elsewhere (${status}): name the place itself in the policy.`,
    })
  throw new Refusal({
    zh: `${place} 的回答是 ${status},请核对来源的地址与密钥`,
    en: `${place} has answered ${status}: check the address and the secret of the source.`,
  })
}

/** The body as it comes. Errors: `Retryable` where it breaks off. */
export async function* bodyOf(response: Response, place: string): AsyncIterable<Uint8Array> {
  if (response.body === null) return
  try {
    yield* response.body as AsyncIterable<Uint8Array>
  } catch (error) {
    throw new Retryable('source-unreachable', `${place} broke off`, { cause: error })
  }
}
