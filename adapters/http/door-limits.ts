import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { Clock } from '../../core/time.ts'
import { RefusedRequest } from './ingest-errors.ts'

export interface DoorLimits {
  /** Requests a second of one feed; twice as many may come at once. */
  readonly requestsPerSecond: number
  /** Connections that are served; more are told so, far more are dropped. */
  readonly connections: number
  /** Who has connected has to say within this what it wants, milliseconds. */
  readonly headersMs: number
}

export const DOOR_LIMITS: DoorLimits = { requestsPerSecond: 2_000, connections: 1_024, headersMs: 10_000 }

/** So many connections beyond the bound are answered that there are too many. */
const ANSWERED_SURPLUS = 256
/** A request has to have come in whole by then; bodies of 32 MB over a slow line take minutes. */
const REQUEST_MS = 300_000
/** A connection on which nothing moves is closed. */
export const IDLE_MS = 60_000
/** An answer to what never became a request is read by then, or not at all. */
const LAST_WORDS_MS = 2_000
const CONNECTIONS_RETRY_S = 5

/** One bucket for each feed, refilled by the clock. */
export function createRateLimit({ requestsPerSecond }: DoorLimits, clock: Clock): (feed: string) => void {
  const buckets = new Map<string, { left: number; at: number }>()
  const most = 2 * requestsPerSecond
  return (feed) => {
    const now = clock.now()
    const bucket = buckets.get(feed) ?? { left: most, at: now }
    buckets.set(feed, bucket)
    bucket.left = Math.min(most, bucket.left + (Math.max(0, now - bucket.at) / 1000) * requestsPerSecond)
    bucket.at = now
    if (bucket.left < 1) throw new RefusedRequest('too-many-requests', { retryAfter: 1 })
    bucket.left--
  }
}

/** Counts a server's connections; what it answers refuses the requests of those beyond the bound. */
export function limitConnections(
  server: Server,
  { connections }: DoorLimits,
): (request: Pick<IncomingMessage, 'socket'>) => void {
  const surplus = new WeakSet<Socket>()
  let open = 0
  server.maxConnections = connections + ANSWERED_SURPLUS
  // The socket of the requests is the one that has become secure.
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    open++
    socket.once('close', () => open--)
    if (open > connections) surplus.add(socket)
  })
  return ({ socket }) => {
    if (surplus.has(socket)) throw new RefusedRequest('too-many-connections', { retryAfter: CONNECTIONS_RETRY_S })
  }
}

/** For the options of a server: how long senders may dawdle. */
export function patience({ headersMs }: DoorLimits) {
  return {
    headersTimeout: headersMs,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: IDLE_MS,
    connectionsCheckingInterval: headersMs / 5,
  }
}

/** What never became a request is told why all the same. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const refusal = new RefusedRequest(refusalOf(error.code))
  const body = JSON.stringify(refusal.body())
  if (socket.writable) {
    const head = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\nContent-Type: application/json; charset=utf-8`
    socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
  }
  // What it still sends is of no interest, and whether it reads the answer is its own matter.
  socket.setTimeout(LAST_WORDS_MS, () => socket.destroy())
}

function refusalOf(code: string | undefined) {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'too-slow' : 'bad-request'
}
