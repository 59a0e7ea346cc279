import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { answerDigest } from '../../test/support/sip-device.ts'
import { createDigest, type DigestRequest } from './digest.ts'

const CAMERA = '14010500001320000001'
const NOW = Date.UTC(2026, 10, 22, 4)
const md5 = (text: string) => createHash('md5').update(text).digest('hex')

function setUp() {
  let drawn = 0
  const random = () => (++drawn).toString(16).padStart(8, '0')
  const digest = createDigest({ realm: '1401000000', key: new Uint8Array(32).fill(1), random })
  const request: DigestRequest = {
    method: 'REGISTER',
    now: NOW,
    passwordOf: (user) => (user === CAMERA ? 'secret' : undefined),
  }
  const answer = (challenge: string, user = CAMERA, password = 'secret') =>
    answerDigest(challenge, user, password, 'sip:a')
  return { digest, request, answer }
}

/** As devices answer that know RFC 2069 alone: without a quality. */
function oldAnswer(challenge: string): string {
  const nonce = /nonce="([^"]*)"/.exec(challenge)?.[1] ?? ''
  const response = md5(`${md5(`${CAMERA}:1401000000:secret`)}:${nonce}:${md5('REGISTER:sip:a')}`)
  return `Digest username="${CAMERA}",realm="1401000000",nonce="${nonce}",uri="sip:a",response="${response}"`
}

describe('a proof of a password', () => {
  it('is accepted with and without quality, each nonce once', () => {
    const { digest, request, answer } = setUp()
    for (const proof of [answer(digest.challenge(NOW, false)), oldAnswer(digest.challenge(NOW, false))]) {
      expect(digest.verify(proof, request)).toEqual({ user: CAMERA })
      expect(digest.verify(proof, request)).toEqual({ fault: 'stale' })
    }
  })

  it('may use a nonce again with a higher count', () => {
    const { digest, request, answer } = setUp()
    const challenge = digest.challenge(NOW, false)
    digest.verify(answer(challenge), request)
    const nonce = /nonce="([^"]*)"/.exec(challenge)?.[1] ?? ''
    const response = md5(`${md5(`${CAMERA}:1401000000:secret`)}:${nonce}:00000002:abcd:auth:${md5('REGISTER:sip:a')}`)
    const next = answer(challenge)
      .replace(/response="[^"]*"/, `response="${response}"`)
      .replace('nc=00000001', 'nc=00000002')
    expect(digest.verify(next, request)).toEqual({ user: CAMERA })
  })

  it.each([
    ['nothing', () => undefined, 'missing'],
    ['another scheme', () => 'Basic YTpi', 'malformed'],
    ['no response', (proof: string) => proof.replace(/response="[^"]*"/, 'x="y"'), 'malformed'],
    ['another algorithm', (proof: string) => proof.replace('algorithm=MD5', 'algorithm=SHA-256'), 'malformed'],
    ['another domain', (proof: string) => proof.replace('1401000000', '1402000000'), 'malformed'],
    ['a header without end', (proof: string) => `${proof}, x="${'y'.repeat(3_000)}"`, 'malformed'],
    ['a changed address', (proof: string) => proof.replace('sip:a', 'sip:b'), 'wrong'],
    ['a user that is not known', (proof: string) => proof.replace(CAMERA, '14010500001320000009'), 'wrong'],
  ])('with %s is refused', (_, change, fault) => {
    const { digest, request, answer } = setUp()
    expect(digest.verify(change(answer(digest.challenge(NOW, false))), request)).toEqual({ fault })
  })

  it('is stale after five minutes, and with a nonce that was never given', () => {
    const { digest, request, answer } = setUp()
    const proof = answer(digest.challenge(NOW, false))
    expect(digest.verify(proof, { ...request, now: NOW + 300_001 })).toEqual({ fault: 'stale' })
    expect(digest.verify(answer('realm="1401000000", nonce="mwrb69s0-1-2"'), request)).toEqual({ fault: 'stale' })
    const other = createDigest({ realm: '1401000000', key: new Uint8Array(32).fill(2), random: () => '00000001' })
    expect(digest.verify(answer(other.challenge(NOW, false)), request)).toEqual({ fault: 'stale' })
  })
})
