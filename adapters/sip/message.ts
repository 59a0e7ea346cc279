/** SIP of RFC 3261 as far as GB/T 28181 needs it, read strictly: what is not well formed is a fault, never guessed at. */

export interface SipHeader {
  /** Lower case, long form. */
  readonly name: string
  readonly value: string
}

export interface Via {
  readonly transport: string
  readonly sentBy: string
  readonly parameters: ReadonlyMap<string, string>
}

interface SipCommon {
  readonly headers: readonly SipHeader[]
  readonly via: Via
  readonly callId: string
  readonly cseq: { readonly number: number; readonly method: string }
  readonly body: Buffer
}

export interface SipRequest extends SipCommon {
  readonly kind: 'request'
  readonly method: string
  readonly uri: string
  /** The user part of From: with GB/T 28181 the sender's 20 digits. */
  readonly user: string
}

export interface SipResponse extends SipCommon {
  readonly kind: 'response'
  readonly status: number
}

export interface SipFault {
  readonly kind: 'fault'
  readonly fault: string
  /** What an answer needs; absent where there is nobody to answer. */
  readonly headers: readonly SipHeader[] | undefined
}

export type SipMessage = SipRequest | SipResponse | SipFault

export const MOST_HEAD_BYTES = 16_384
export const MOST_BODY_BYTES = 65_536
const MOST_HEADERS = 64
const HEAD_END = '\r\n\r\n'
const TOKEN = /^[A-Za-z0-9.!%*_+`'~-]{1,64}$/
const REQUEST_LINE = /^([A-Z]{1,32}) (sips?:[^\s<>"]{1,256}) SIP\/2\.0$/
const STATUS_LINE = /^SIP\/2\.0 ([1-6]\d\d) .{0,256}$/
const VIA = /^SIP\s*\/\s*2\.0\s*\/\s*([A-Z]{2,8})\s+([^\s;,]{1,128})((?:\s*;[^;,]*)*)$/i
const ADDRESS =
  /^(?:"(?:[^"\\]|\\.)*"\s*|[^<"]*)<sips?:(?:([^@>;\s]{1,128})@)?[^>\s]{1,256}>|^sips?:(?:([^@>;\s]{1,128})@)?[^>;\s]{1,256}/
const CSEQ = /^(\d{1,10})\s+([A-Z]{1,32})$/
/** RFC 3261, 8.1.1.5. */
const MOST_CSEQ = 2 ** 31 - 1
const COMPACT: ReadonlyMap<string, string> = new Map([
  ['v', 'via'],
  ['f', 'from'],
  ['t', 'to'],
  ['i', 'call-id'],
  ['m', 'contact'],
  ['c', 'content-type'],
  ['l', 'content-length'],
  ['o', 'event'],
  ['e', 'content-encoding'],
])
/** A second one of these would make two readings of one message. */
const SINGLE = ['from', 'to', 'call-id', 'cseq', 'content-length', 'content-type', 'expires']

/** Reads one whole message: a datagram, or what the framing of a stream cut off. Total: every input is one of the three. */
export function parseSip(bytes: Buffer): SipMessage {
  const end = bytes.indexOf(HEAD_END)
  if (end < 0 || end > MOST_HEAD_BYTES) return fault('no end of the headers within bounds', undefined)
  const [startLine = '', ...lines] = unfold(bytes.toString('latin1', 0, end))
  if (hasControls(bytes, end)) return fault('a control character in the headers', undefined)
  const headers = readHeaders(lines)
  if (headers === undefined) return fault('a header without a name', undefined)
  if (headers.length > MOST_HEADERS) return fault(`more than ${MOST_HEADERS} headers`, undefined)

  const via = readVia(headerOf(headers, 'via'))
  const callId = headerOf(headers, 'call-id') ?? ''
  const cseq = readCseq(headerOf(headers, 'cseq') ?? '')
  const from = ADDRESS.exec(headerOf(headers, 'from') ?? '')
  const to = ADDRESS.exec(headerOf(headers, 'to') ?? '')
  const isAnswerable = via !== undefined && callId !== '' && from !== null && to !== null
  const answer = isAnswerable ? headers : undefined
  if (via === undefined || from === null || to === null || !/^\S{1,256}$/.test(callId) || cseq === undefined) {
    return fault('Via, From, To, Call-ID or CSeq is missing or malformed', answer)
  }
  const twice = SINGLE.find((name) => headers.filter((header) => header.name === name).length > 1)
  if (twice !== undefined) return fault(`${twice} stands twice`, answer)
  const body = readBody(bytes.subarray(end + HEAD_END.length), headerOf(headers, 'content-length'))
  if (body === undefined) return fault('Content-Length does not fit the body', answer)

  const common = { headers, via, callId, cseq, body }
  const status = STATUS_LINE.exec(startLine)
  if (status !== null) return { kind: 'response', status: Number(status[1]), ...common }
  const [, method = '', uri = ''] = REQUEST_LINE.exec(startLine) ?? []
  if (method === '') return fault('neither a request line nor a status line', answer)
  if (method !== cseq.method) return fault('CSeq names another method', answer)
  return { kind: 'request', method, uri, user: from[1] ?? from[2] ?? '', ...common }
}

/** The first header of the name, lower case. */
export function headerOf(headers: readonly SipHeader[], name: string): string | undefined {
  return headers.find((header) => header.name === name)?.value
}

/** A header that begins with blanks goes on from the line before. */
function unfold(head: string): string[] {
  return head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
}

/** Tabs and line ends are the only controls that a head may have; the body is none of this check's business. */
function hasControls(bytes: Buffer, end: number): boolean {
  for (let at = 0; at < end; at++) {
    const byte = bytes[at] ?? 0
    if (byte === 0x0d && bytes[at + 1] === 0x0a) at++
    else if ((byte < 0x20 && byte !== 0x09) || byte === 0x7f) return true
  }
  return false
}

function readHeaders(lines: readonly string[]): readonly SipHeader[] | undefined {
  const headers: SipHeader[] = []
  for (const line of lines) {
    const colon = line.indexOf(':')
    const written = line.slice(0, Math.max(0, colon)).trimEnd().toLowerCase()
    if (colon < 0 || !TOKEN.test(written)) return undefined
    headers.push({ name: COMPACT.get(written) ?? written, value: line.slice(colon + 1).trim() })
  }
  return headers
}

function readVia(value: string | undefined): Via | undefined {
  const [, transport, sentBy, rest = ''] = VIA.exec(value?.split(',', 1)[0]?.trim() ?? '') ?? []
  if (transport === undefined || sentBy === undefined) return undefined
  const parameters = new Map<string, string>()
  for (const part of rest.split(';')) {
    const [name = '', text = ''] = part.split('=', 2)
    if (name.trim() !== '') parameters.set(name.trim().toLowerCase(), text.trim())
  }
  return { transport: transport.toUpperCase(), sentBy, parameters }
}

function readCseq(value: string): SipCommon['cseq'] | undefined {
  const [, digits, method] = CSEQ.exec(value) ?? []
  const number = Number(digits)
  return method === undefined || number > MOST_CSEQ ? undefined : { number, method }
}

/** A datagram may go on after its body; one that ends before was cut short. Without a length all of it is the body. */
function readBody(rest: Buffer, length: string | undefined): Buffer | undefined {
  const bytes =
    length === undefined ? rest.length : /^\d{1,9}$/.test(length) ? Number(length) : Number.POSITIVE_INFINITY
  return bytes > rest.length || bytes > MOST_BODY_BYTES ? undefined : rest.subarray(0, bytes)
}

function fault(text: string, headers: readonly SipHeader[] | undefined): SipFault {
  return { kind: 'fault', fault: text, headers }
}
