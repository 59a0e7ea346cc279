import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Clock } from '../../core/time.ts'
import type { Manscdp } from '../../ingest/decode/manscdp.ts'
import type { Registrar } from '../registration/registrar.ts'
import type { StateOutbox } from '../registration/state-outbox.ts'
import { createSipFramer } from './frame-stream.ts'
import { parseSip, type SipRequest } from './message.ts'
import { createOwnRequests, type OwnRequests } from './own-requests.ts'
import type { SipPlatform } from './platform.ts'
import { createTransactions, transactionKey } from './transactions.ts'
import { type SeenAt, writeMessage, writeResponse } from './write-message.ts'

export interface IngestSipOptions {
  readonly platform: SipPlatform
  readonly registrar: Registrar
  readonly states: StateOutbox
  /** The platform's own 20 digits; their first ten are its domain. */
  readonly id: string
  readonly host: string
  /** UDP and TCP; 0 takes a free port. */
  readonly port: number
  readonly clock: Clock
  /** 32 hex digits, new at each call. */
  readonly random: () => string
  readonly onError: (error: unknown) => void
}

export interface IngestSip {
  readonly url: string
  /** Lets time pass: to be called about once a second. Errors: what kept states of devices from becoming durable. */
  elapse(): Promise<void>
  readonly counts: { readonly malformed: number; readonly own: OwnRequests['counts'] }
  close(): Promise<void>
}

/** Who sent something, and how to send to it. */
interface Peer extends SeenAt {
  readonly transport: 'UDP' | 'TCP'
  readonly send: (bytes: Buffer) => void
}

const MOST_CONNECTIONS = 1_000
/** Three keepalives of a minute and some: a connection that says less is nobody's. */
const IDLE_MS = 300_000
/** What a peer that does not read may leave in our memory before it is cut off. */
const MOST_UNSENT = 262_144

/** GB/T 28181's signalling port: SIP over UDP and TCP, for devices and lower platforms that register here. */
export async function startIngestSip(options: IngestSipOptions): Promise<IngestSip> {
  const { platform, clock, id, random } = options
  const transactions = createTransactions()
  const own = createOwnRequests()
  const counts = { malformed: 0, own: own.counts }
  const sockets = new Set<Socket>()
  let cseq = 0
  let closing = false

  /** Answers one message. Never rejects: what goes wrong is answered or counted. */
  async function handle(bytes: Buffer, peer: Peer): Promise<void> {
    const message = parseSip(bytes)
    if (message.kind === 'fault') {
      counts.malformed++
      if (message.headers !== undefined) peer.send(writeResponse(message.headers, 400, peer))
      return
    }
    if (message.kind === 'response') {
      if (message.status >= 200) own.answered(message.callId)
      return
    }
    // RFC 3261 has no answer to an ACK.
    if (message.method === 'ACK') return
    await handleRequest(message, peer)
  }

  async function handleRequest(request: SipRequest, peer: Peer): Promise<void> {
    const key = transactionKey(request, peer.address)
    const seen = transactions.begin(key, clock.now())
    if (seen.as === 'running') return
    if (seen.as === 'answered') return peer.send(seen.response)
    if (seen.as === 'refused') return peer.send(writeResponse(request.headers, 503, peer, { 'Retry-After': '2' }))
    const answer = await platform.answer(request, peer, clock.now())
    const response = writeResponse(request.headers, answer.status, peer, answer.headers)
    // A fault of ours may be over when it comes again.
    if (answer.status >= 500) transactions.abandon(key)
    else transactions.finish(key, response, clock.now())
    peer.send(response)
    if (answer.alarm !== undefined) confirm(answer.alarm, request.user, peer)
  }

  /** GB/T 28181-2016, 9.4: after its answer, an alarm is confirmed in a MESSAGE of the platform's own. */
  function confirm(alarm: Manscdp, device: string, peer: Peer): void {
    const token = random()
    cseq = (cseq % 2 ** 30) + 1
    const sn = /^\d{1,10}$/.test(alarm.sn) ? alarm.sn : '0'
    const bytes = writeMessage({
      transport: peer.transport,
      platform: id,
      domain: id.slice(0, 10),
      local,
      device,
      peer,
      token,
      cseq,
      body:
        `<?xml version="1.0" encoding="GB2312"?>\r\n<Response>\r\n<CmdType>Alarm</CmdType>\r\n<SN>${sn}</SN>\r\n` +
        `<DeviceID>${alarm.device}</DeviceID>\r\n<Result>OK</Result>\r\n</Response>\r\n`,
    })
    own.send({ callId: token, reliable: peer.transport === 'TCP', send: () => peer.send(bytes) }, clock.now())
  }

  async function serve(socket: Socket): Promise<void> {
    const peer: Peer = {
      transport: 'TCP',
      address: socket.remoteAddress ?? '',
      port: socket.remotePort ?? 0,
      send(bytes) {
        if (socket.writableLength > MOST_UNSENT) socket.destroy()
        else if (!socket.destroyed) socket.write(bytes)
      },
    }
    const framer = createSipFramer()
    // One message after the other: a sender that is faster than the log is held back by its own connection.
    for await (const chunk of socket) {
      const { messages, broken } = framer.push(chunk)
      for (const message of messages) await handle(message, peer)
      if (!broken) continue
      counts.malformed++
      socket.destroy()
      return
    }
  }

  const udp = createSocket(options.host.includes(':') ? 'udp6' : 'udp4')
  udp.on('error', options.onError)
  udp.on('message', (bytes: Buffer, { address, port }: RemoteInfo) => {
    // A datagram of blanks alone keeps a mapping of address translation open.
    if (bytes.length < 8) return
    const send = (answer: Buffer) => {
      if (!closing) udp.send(answer, port, address)
    }
    handle(bytes, { transport: 'UDP', address, port, send }).catch(options.onError)
  })
  const tcp = createServer((socket) => {
    sockets.add(socket)
    socket.setTimeout(IDLE_MS, () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
    // A connection that breaks off is no fault of ours; its device registers again.
    socket.on('error', () => socket.destroy())
    serve(socket).catch((error: unknown) => {
      if (!socket.destroyed) options.onError(error)
      socket.destroy()
    })
  })
  tcp.maxConnections = MOST_CONNECTIONS
  tcp.listen(options.port, options.host)
  await once(tcp, 'listening')
  const { address, port } = tcp.address() as AddressInfo
  const local: SeenAt = { address, port }
  udp.bind(port, options.host)
  await once(udp, 'listening')

  return {
    url: `sip:${id}@${address}:${port}`,
    counts,
    async elapse() {
      own.elapse(clock.now())
      options.states.add(options.registrar.elapse(clock.now()))
      await options.states.flush()
    },
    async close() {
      closing = true
      const closed = new Promise<void>((resolve) => tcp.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => udp.close(() => resolve()))
      await closed
    },
  }
}
