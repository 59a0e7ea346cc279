import { createHash } from 'node:crypto'

export const SIP_PLATFORM = '14010000002000000001'
export const SIP_PASSWORD = 'bench-camera'
const DOMAIN = SIP_PLATFORM.slice(0, 10)

/** GB/T 28181: region, 00, a camera (131), 0, and its number. */
export function sipCamera(index: number): string {
  return `1401050000131${String(index).padStart(7, '0')}`
}

export interface SipAsked {
  readonly method: 'REGISTER' | 'MESSAGE'
  readonly camera: string
  readonly callId: string
  readonly cseq: number
  /** The port that the answer comes to. */
  readonly port: number
  readonly headers?: readonly string[]
  readonly body?: string
}

export function sipRequest({ method, camera, callId, cseq, port, headers = [], body = '' }: SipAsked): Buffer {
  const head = [
    `${method} sip:${SIP_PLATFORM}@${DOMAIN} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${port};rport;branch=z9hG4bK${callId}`,
    `From: <sip:${camera}@${DOMAIN}>;tag=${cseq}`,
    `To: <sip:${method === 'REGISTER' ? camera : SIP_PLATFORM}@${DOMAIN}>`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    'Max-Forwards: 70',
    ...headers,
    ...(body === '' ? [] : ['Content-Type: Application/MANSCDP+xml']),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** The answer to a challenge (RFC 2617) of a camera that registers. */
export function sipProof(challenge: string, camera: string): string {
  const [, realm = ''] = /realm="([^"]*)"/.exec(challenge) ?? []
  const [, nonce = ''] = /nonce="([^"]*)"/.exec(challenge) ?? []
  const uri = `sip:${SIP_PLATFORM}`
  const secret = md5(`${camera}:${realm}:${SIP_PASSWORD}`)
  const response = md5(`${secret}:${nonce}:00000001:abcd:auth:${md5(`REGISTER:${uri}`)}`)
  return (
    `Authorization: Digest username="${camera}", realm="${realm}", nonce="${nonce}", uri="${uri}", ` +
    `response="${response}", algorithm=MD5, cnonce="abcd", qop=auth, nc=00000001`
  )
}

export function keepaliveBody(camera: string, sn: number): string {
  return notify('Keepalive', camera, sn, '<Status>OK</Status>\r\n')
}

/** `time`: Beijing's, yyyy-MM-ddTHH:mm:ss. */
export function alarmBody(camera: string, sn: number, time: string): string {
  const said = `<AlarmPriority>1</AlarmPriority>\r\n<AlarmMethod>5</AlarmMethod>\r\n<AlarmTime>${time}</AlarmTime>\r\n`
  return notify('Alarm', camera, sn, said)
}

function notify(command: string, camera: string, sn: number, said: string): string {
  return (
    `<?xml version="1.0" encoding="GB2312"?>\r\n<Notify>\r\n<CmdType>${command}</CmdType>\r\n<SN>${sn}</SN>\r\n` +
    `<DeviceID>${camera}</DeviceID>\r\n${said}</Notify>\r\n`
  )
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
