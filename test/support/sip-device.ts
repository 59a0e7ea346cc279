import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { headerOf, parseSip, type SipMessage } from '../../adapters/sip/message.ts'
import { until } from './until.ts'

type Heard = Exclude<SipMessage, { kind: 'fault' }>

export interface RequestParts {
  readonly method?: string
  readonly callId?: string
  readonly cseq?: number
  readonly branch?: string
  readonly contentType?: string
  readonly headers?: readonly string[]
  readonly body?: string | Uint8Array
}

/** A camera on UDP, written out by hand: says what it is told to and keeps what it hears. */
export interface SipDevice {
  readonly heard: readonly Heard[]
  /** The header that proved its password last. */
  readonly authorization: string
  /** The bytes of a request, so that they can be sent again as they are. */
  request(parts: RequestParts): Buffer
  send(bytes: Uint8Array): void
  /** Sends and waits for the answer. */
  ask(parts: RequestParts): Promise<Heard & { kind: 'response' }>
  /** REGISTER with the password, over the challenge. */
  register(password: string, expires?: number): Promise<Heard & { kind: 'response' }>
  close(): void
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

export async function openSipDevice(url: string, device: string): Promise<SipDevice> {
  const [, platform = '', host = '', port = ''] = /^sip:(\d+)@(.+):(\d+)$/.exec(url) ?? []
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const local = socket.address() as AddressInfo
  const heard: Heard[] = []
  let count = 0
  let authorization = ''
  socket.on('message', (bytes) => {
    const message = parseSip(bytes)
    if (message.kind === 'fault') throw new Error(`the platform said ${message.fault}: ${bytes}`)
    heard.push(message)
  })
  const send = (bytes: Uint8Array) => socket.send(bytes, Number(port), host)

  function request(parts: RequestParts): Buffer {
    count++
    const { method = 'MESSAGE', callId = `call-${device}-${count}`, cseq = count, headers = [], body = '' } = parts
    const { branch = `z9hG4bK${device}${count}`, contentType = 'Application/MANSCDP+xml' } = parts
    const bytes = Buffer.from(body)
    const head = [
      `${method} sip:${platform}@${platform.slice(0, 10)} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${local.port};rport;branch=${branch}`,
      `From: <sip:${device}@${platform.slice(0, 10)}>;tag=${count}`,
      `To: <sip:${method === 'REGISTER' ? device : platform}@${platform.slice(0, 10)}>`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      'Max-Forwards: 70',
      ...headers,
      ...(bytes.length > 0 ? [`Content-Type: ${contentType}`] : []),
      `Content-Length: ${bytes.length}`,
    ]
    return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes])
  }

  async function ask(parts: RequestParts): Promise<Heard & { kind: 'response' }> {
    const bytes = request(parts)
    const sent = parseSip(bytes)
    if (sent.kind !== 'request') throw new Error('no request')
    send(bytes)
    return until(`an answer to ${sent.callId}`, () =>
      heard.find(
        (one): one is Heard & { kind: 'response' } =>
          one.kind === 'response' && one.callId === sent.callId && one.cseq.number === sent.cseq.number,
      ),
    )
  }

  return {
    heard,
    get authorization() {
      return authorization
    },
    request,
    send,
    ask,
    async register(password, expires = 3_600) {
      const contact = [`Contact: <sip:${device}@127.0.0.1:${local.port}>`, `Expires: ${expires}`]
      const challenged = await ask({ method: 'REGISTER', headers: contact })
      const challenge = headerOf(challenged.headers, 'www-authenticate')
      authorization = `Authorization: ${answerDigest(challenge, device, password, `sip:${platform}`)}`
      return ask({ method: 'REGISTER', headers: [...contact, authorization] })
    },
    close: () => socket.close(),
  }
}

/** The answer to a challenge of RFC 2617, with the quality that it offers. */
export function answerDigest(
  challenge: string | undefined,
  user: string,
  password: string,
  uri: string,
  method = 'REGISTER',
): string {
  const [, realm = ''] = /realm="([^"]*)"/.exec(challenge ?? '') ?? []
  const [, nonce = ''] = /nonce="([^"]*)"/.exec(challenge ?? '') ?? []
  const response = md5(`${md5(`${user}:${realm}:${password}`)}:${nonce}:00000001:abcd:auth:${md5(`${method}:${uri}`)}`)
  return (
    `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", ` +
    'algorithm=MD5, cnonce="abcd", qop=auth, nc=00000001'
  )
}
