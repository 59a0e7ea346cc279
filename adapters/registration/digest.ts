import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Digest access authentication of RFC 2617 with MD5, which is what devices of GB/T 28181 and GA/T 1400 speak; with and
 * without `qop`. MD5 is weak: it keeps a password off the wire, no more. Devices belong on a network of their own.
 */
export interface Digest {
  /** The value of WWW-Authenticate. `stale`: the password was right and only the nonce too old. */
  challenge(now: number, stale: boolean): string
  verify(authorization: string | undefined, request: DigestRequest): DigestVerdict
}

export interface DigestRequest {
  readonly method: string
  readonly now: number
  /** `undefined` for a user that is not known. */
  readonly passwordOf: (user: string) => string | undefined
}

export type DigestVerdict =
  | { readonly user: string; readonly fault?: undefined }
  /** `busy`: so many nonces are in use that a used one could no longer be told; nothing is accepted meanwhile. */
  | { readonly fault: 'missing' | 'malformed' | 'wrong' | 'stale' | 'busy' }

export interface DigestOptions {
  readonly realm: string
  /** Signs nonces; a new one at each start is right. */
  readonly key: Uint8Array
  /** Eight hex digits or more, new at each call. */
  readonly random: () => string
}

/** Long enough for the slowest device to answer a challenge, short enough to remember every nonce that was used. */
const NONCE_LIFE_MS = 300_000
const MOST_NONCES = 50_000
const MOST_HEADER = 2_048
const PARAMETER = /([A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)/g

export function createDigest({ realm, key, random }: DigestOptions): Digest {
  /** Nonces that were accepted, oldest first, with the highest count seen. */
  const used = new Map<string, { readonly until: number; count: number }>()

  function signed(time: string, salt: string): string {
    const mac = createHmac('sha256', key).update(`${time} ${salt}`).digest('hex').slice(0, 24)
    return `${time}-${salt}-${mac}`
  }

  /** When the nonce was made, or `undefined` where it is none of ours. */
  function madeAt(nonce: string): number | undefined {
    const [time = '', salt = ''] = nonce.split('-')
    return /^[0-9a-z]{6,10}$/.test(time) && isSame(nonce, signed(time, salt)) ? Number.parseInt(time, 36) : undefined
  }

  function forget(now: number): void {
    for (const [nonce, { until }] of used) {
      if (until >= now) return
      used.delete(nonce)
    }
  }

  return {
    challenge(now, stale) {
      const nonce = signed(now.toString(36), random())
      return `Digest realm="${realm}", nonce="${nonce}", algorithm=MD5, qop="auth"${stale ? ', stale=true' : ''}`
    },

    verify(authorization, { method, now, passwordOf }) {
      if (authorization === undefined || authorization.trim() === '') return { fault: 'missing' }
      const given = readParameters(authorization)
      const [user, nonce, uri, response] = [
        given.get('username'),
        given.get('nonce'),
        given.get('uri'),
        given.get('response'),
      ]
      if (user === undefined || nonce === undefined || uri === undefined || response === undefined)
        return { fault: 'malformed' }
      if ((given.get('algorithm') ?? 'MD5').toUpperCase() !== 'MD5' || given.get('realm') !== realm)
        return { fault: 'malformed' }
      const qop = given.get('qop')
      const count = qop === undefined ? 1 : Number.parseInt(given.get('nc') ?? '', 16)
      if ((qop !== undefined && qop !== 'auth') || !(count > 0)) return { fault: 'malformed' }

      // An unknown user takes as long as a wrong password, so that nobody learns which devices there are.
      const password = passwordOf(user)
      const secret = md5(`${user}:${realm}:${password ?? ''}`)
      const middle = qop === undefined ? nonce : [nonce, given.get('nc'), given.get('cnonce') ?? '', qop].join(':')
      const expected = md5(`${secret}:${middle}:${md5(`${method}:${uri}`)}`)
      const isRight = isSame(response.toLowerCase(), expected) && password !== undefined
      if (!isRight) return { fault: 'wrong' }

      const made = madeAt(nonce)
      if (made === undefined || made > now || now - made > NONCE_LIFE_MS) return { fault: 'stale' }
      forget(now)
      const before = used.get(nonce)
      if (before !== undefined && count <= before.count) return { fault: 'stale' }
      if (before === undefined && used.size >= MOST_NONCES) return { fault: 'busy' }
      if (before === undefined) used.set(nonce, { until: now + NONCE_LIFE_MS, count })
      else before.count = count
      return { user }
    },
  }
}

function readParameters(authorization: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  if (authorization.length > MOST_HEADER || !/^Digest\s/i.test(authorization)) return parameters
  for (const [, name = '', quoted, plain] of authorization.slice(7).matchAll(PARAMETER)) {
    const key = name.toLowerCase()
    // The first wins: a second of the same name is not another reading.
    if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '')
  }
  return parameters
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

function isSame(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(left), digest(right))
}
