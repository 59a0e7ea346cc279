import { shortHash } from '../../core/hash.ts'
import { headerOf, type SipHeader } from './message.ts'

export const STATUS = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  405: 'Method Not Allowed',
  415: 'Unsupported Media Type',
  423: 'Interval Too Brief',
  500: 'Server Internal Error',
  503: 'Service Unavailable',
} as const
export type Status = keyof typeof STATUS

export type ExtraHeaders = Readonly<Record<string, string>>

/** Where a request came from, which is where its answer goes: devices stand behind address translation. */
export interface SeenAt {
  readonly address: string
  readonly port: number
}

/** The answer to a request, out of the request's own headers. RFC 3261, 8.2.6; RFC 3581 for `received` and `rport`. */
export function writeResponse(
  request: readonly SipHeader[],
  status: Status,
  seen: SeenAt,
  extra: ExtraHeaders = {},
): Buffer {
  const lines = [`SIP/2.0 ${status} ${STATUS[status]}`]
  const vias = request.filter(({ name }) => name === 'via')
  for (const [index, { value }] of vias.entries()) lines.push(`Via: ${index === 0 ? withSeen(value, seen) : value}`)
  const to = headerOf(request, 'to') ?? ''
  const callId = headerOf(request, 'call-id') ?? ''
  const cseq = headerOf(request, 'cseq') ?? ''
  // Of the request alone, so that its retransmission gets the same tag.
  const tag = /;\s*tag=/i.test(to) ? '' : `;tag=${shortHash(`${callId} ${cseq}`)}`
  lines.push(`From: ${headerOf(request, 'from') ?? ''}`, `To: ${to}${tag}`, `Call-ID: ${callId}`, `CSeq: ${cseq}`)
  for (const [name, value] of Object.entries(extra)) lines.push(`${name}: ${value}`)
  lines.push('Content-Length: 0', '', '')
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

export interface OwnMessage {
  readonly transport: 'UDP' | 'TCP'
  /** The platform's 20 digits and domain. */
  readonly platform: string
  readonly domain: string
  readonly local: SeenAt
  readonly device: string
  readonly peer: SeenAt
  /** Unguessable, new for each message: branch, tag and Call-ID are made of it. */
  readonly token: string
  readonly cseq: number
  readonly body: string
}

/** A MESSAGE of the platform's own with a MANSCDP body. */
export function writeMessage(message: OwnMessage): Buffer {
  const { transport, platform, domain, local, device, peer, token, cseq, body } = message
  const length = Buffer.byteLength(body)
  return Buffer.from(
    [
      `MESSAGE sip:${device}@${hostOf(peer)} SIP/2.0`,
      `Via: SIP/2.0/${transport} ${hostOf(local)};rport;branch=z9hG4bK${token}`,
      `From: <sip:${platform}@${domain}>;tag=${token.slice(0, 16)}`,
      `To: <sip:${device}@${domain}>`,
      `Call-ID: ${token}`,
      `CSeq: ${cseq} MESSAGE`,
      'Max-Forwards: 70',
      'Content-Type: Application/MANSCDP+xml',
      `Content-Length: ${length}`,
      '',
      body,
    ].join('\r\n'),
  )
}

function hostOf({ address, port }: SeenAt): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

/** Fills in `rport` and adds `received`, in the first Via of the list. */
function withSeen(value: string, { address, port }: SeenAt): string {
  const [first = '', ...others] = value.split(',')
  const filled = first.replace(/;\s*rport(?:=[^;]*)?(?=\s*(?:;|$))/i, `;rport=${port}`)
  return [`${filled.replace(/;\s*received=[^;]*/i, '')};received=${address}`, ...others].join(',')
}
