import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyReply } from 'fastify'
import { Refusal, Rejected, Retryable } from '../../core/errors.ts'
import { shortHash } from '../../core/hash.ts'
import type { Clock } from '../../core/time.ts'
import type { Counts, RejectedLine } from '../../ingest/counts.ts'
import { unpack } from '../../ingest/decode/unpack.ts'
import { UNPACK_LIMITS } from '../../ingest/decode/zip.ts'
import type { RegisteredFeed, RegisteredRealm, Registry } from '../../ingest/registry.ts'
import { rowsOf, takeIn } from '../../ingest/take-in.ts'
import { commonNameOf, type DoorTls, secureContext } from '../tls/door-tls.ts'
import {
  answerClientError,
  createRateLimit,
  DOOR_LIMITS,
  type DoorLimits,
  IDLE_MS,
  limitConnections,
  patience,
} from './door-limits.ts'
import { checkContent, checkWorkbook, readContentType, type SaidContent } from './ingest-content.ts'
import { RefusedRequest } from './ingest-errors.ts'
import { feedsOf, speaksFor } from './ingest-identity.ts'
import { addOperatorRoutes, type OperatorDoor } from './operator-routes.ts'
import { createBodyReader, type HeldBody } from './read-body.ts'

export interface IngestServerOptions {
  readonly registry: Registry
  readonly clock: Clock
  /** 0 takes a free port. */
  readonly port: number
  readonly host: string
  /** Hears of what was answered with 500: unknown here, and to be looked into. */
  readonly onInternalError: (error: unknown) => void
  /** For stewards; absent where nobody is to mend anything from outside. */
  readonly operator?: OperatorDoor
  /** HTTPS; with an authority of its own, senders prove themselves by certificates. */
  readonly tls?: DoorTls
  /** `GET /metrics`, for whoever reaches this address; absent where it is open to the outside. */
  readonly metrics?: { readonly contentType: string; text(): Promise<string> }
  readonly limits?: DoorLimits
}

export interface IngestServer {
  readonly url: string
  close(): Promise<void>
}

const BODY_BYTES = 32 * 1024 * 1024
/** A request's rows are read and made durable part by part, so that a large one neither fills memory nor holds up small ones. */
const PART_BYTES = 256 * 1024
/** All rejects are in the log; an answer lists so many of them. */
const LISTED_REJECTS = 1_000
const PRESSURE_RETRY_S = 5
const LOG_RETRY_S = 2
/** The front door for records: `POST /ingest/{realm}/{feed}`, and for how far time has come: `/ingest/{realm}/progress`. */
export async function startIngestServer(options: IngestServerOptions): Promise<IngestServer> {
  const { registry, clock } = options
  for (const [name, { feeds }] of registry) {
    if (feeds.has('progress'))
      throw new Refusal({
        zh: `数据域 ${name}:数据源不能命名为 progress,它是这里的一个地址`,
        en: `realm ${name}: a feed cannot be named progress, which is a path here`,
      })
  }
  const limits = options.limits ?? DOOR_LIMITS
  const admit = createRateLimit(limits, clock)
  const certified = options.tls?.certified
  const bodies = createBodyReader({ bodyBytes: BODY_BYTES, drainBytes: 8 * BODY_BYTES, heldBytes: 6 * BODY_BYTES })
  const app = Fastify({
    bodyLimit: BODY_BYTES,
    forceCloseConnections: 'idle',
    clientErrorHandler: answerClientError,
    serverFactory: (handler) =>
      options.tls === undefined
        ? createHttpServer(patience(limits), handler)
        : createHttpsServer({ ...patience(limits), ...secureContext(options.tls) }, handler),
  })
  app.server.setTimeout(IDLE_MS)
  const isServed = limitConnections(app.server, limits)
  app.addHook('onRequest', async ({ raw }) => isServed(raw))
  app.removeAllContentTypeParsers()
  // Bodies are read by the handler, after the key was seen to be right.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))

  app.setNotFoundHandler((_request, reply) => answer(reply, new RefusedRequest('unknown-path')))
  app.setErrorHandler((error, _request, reply) => {
    const refusal = toRefusal(error)
    if (refusal.refusal === 'internal') options.onInternalError(error)
    return answer(reply, refusal)
  })

  function ownFeeds(request: IncomingMessage, realmName: string, realm: RegisteredRealm): string[] {
    const mine = feedsOf(request, realmName, realm, certified)
    if (mine.length === 0) throw notLetIn(request)
    admit(`${realmName}/progress of ${mine.join(' ')}`)
    return mine
  }

  app.post<{ Params: { realm: string } }>('/ingest/:realm/progress', async (request) => {
    const realm = realmOf(registry, request.params.realm)
    const mine = ownFeeds(request.raw, request.params.realm, realm)
    const held = await bodies.read(request.raw)
    held.release()
    const said = readProgress(held.bytes, realm, clock.now())
    const feeds = said.feeds ?? (realm.clock === 'live' ? mine : [...realm.feeds.keys()])
    if (feeds.some((feed) => !realm.feeds.has(feed))) throw new RefusedRequest('unknown-feed')
    // In a live realm one feed's key must not move the time of another; history is brought by one hand.
    if (realm.clock === 'live' && feeds.some((feed) => !mine.includes(feed))) throw new RefusedRequest('not-your-feed')
    await realm.intake.declare(feeds, said.until, said.closed)
    return { until: await realm.intake.completeUntil() }
  })

  app.get<{ Params: { realm: string } }>('/ingest/:realm/progress', async (request) => {
    const realm = realmOf(registry, request.params.realm)
    ownFeeds(request.raw, request.params.realm, realm)
    return { until: await realm.intake.completeUntil() }
  })

  app.post<{ Params: { realm: string; feed: string } }>('/ingest/:realm/:feed', async (request) => {
    const realm = realmOf(registry, request.params.realm)
    const feed = realm.feeds.get(request.params.feed)
    if (feed === undefined) throw new RefusedRequest('unknown-feed')
    if (!speaksFor(request.raw, { ...request.params, key: feed.key }, certified)) throw notLetIn(request.raw)
    admit(`${request.params.realm}/${request.params.feed}`)
    const said = readContentType(request.headers)
    if (await realm.intake.isPressed()) throw new RefusedRequest('back-pressure', { retryAfter: PRESSURE_RETRY_S })
    const held = await bodies.read(request.raw)
    try {
      const bulk = request.headers['x-fengsui-bulk'] === '1'
      return await takeBody(realm, feed, held, { said, bulk })
    } finally {
      held.release()
    }
  })

  const { metrics } = options
  if (metrics !== undefined) {
    app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()))
  }

  if (options.operator !== undefined) {
    addOperatorRoutes(app, options.operator, async (stream) => {
      const held = await bodies.read(stream)
      held.release()
      return held.bytes
    })
  }

  await app.listen({ port: options.port, host: options.host })
  const address = app.server.address() as AddressInfo
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  const scheme = options.tls === undefined ? 'http' : 'https'
  return { url: `${scheme}://${host}:${address.port}`, close: () => app.close() }
}

async function takeBody(
  { intake }: RegisteredRealm,
  { compiled }: RegisteredFeed,
  { bytes }: HeldBody,
  { said, bulk }: { said: SaidContent; bulk: boolean },
): Promise<{ feed: string; rejected: readonly RejectedLine[] } & Counts> {
  // The same body again has the same name, so that its rejects are the same rejects.
  const name = `post:${shortHash(bytes)}`
  checkContent(said, compiled.policy, bytes)
  const files = await unpack(name, partsOf(bytes), UNPACK_LIMITS)
  checkWorkbook(said, compiled.policy, bytes, files.length === 1 && files[0]?.name === name)
  const sources = files.map((file) => rowsOf(compiled.policy, file, said.rows))
  const { counts, rejected } = await takeIn(sources, { intake, feed: compiled, bulk, listed: LISTED_REJECTS })
  return { feed: compiled.policy.feed, ...counts, rejected }
}

async function* partsOf(bytes: Buffer): AsyncIterable<Uint8Array> {
  for (let from = 0; from < bytes.length; from += PART_BYTES) yield bytes.subarray(from, from + PART_BYTES)
}

function realmOf(registry: Registry, name: string): RegisteredRealm {
  const realm = registry.get(name)
  if (realm === undefined) throw new RefusedRequest('unknown-feed')
  return realm
}

interface SaidProgress {
  readonly until: number
  readonly feeds: readonly string[] | undefined
  readonly closed: boolean
}

function readProgress(body: Buffer, realm: RegisteredRealm, now: number): SaidProgress {
  const said = parseJson(body)
  if (typeof said !== 'object' || said === null) throw new RefusedRequest('bad-progress')
  const { until, feeds, closed = false } = said as Readonly<Record<string, unknown>>
  const isTime = typeof until === 'number' && Number.isSafeInteger(until) && until >= 0
  const isList = feeds === undefined || (Array.isArray(feeds) && feeds.every((feed) => typeof feed === 'string'))
  if (!isTime || !isList || typeof closed !== 'boolean' || (realm.clock === 'live' && until > now)) {
    throw new RefusedRequest('bad-progress')
  }
  return { until, feeds, closed }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (error) {
    if (error instanceof SyntaxError) throw new RefusedRequest('bad-progress', { cause: error })
    throw error
  }
}

/** Who came with a certificate is told about that, whatever else is missing. */
function notLetIn(request: IncomingMessage): RefusedRequest {
  return new RefusedRequest(commonNameOf(request.socket) === undefined ? 'wrong-key' : 'unknown-certificate')
}

function toRefusal(error: unknown): RefusedRequest {
  if (error instanceof RefusedRequest) return error
  if (error instanceof Rejected) {
    return new RefusedRequest(error.reason === 'unpacks-too-far' ? error.reason : 'unreadable-archive', {
      cause: error,
      detail: error.text,
    })
  }
  if (error instanceof Retryable) {
    if (error.code === 'log-full')
      return new RefusedRequest('back-pressure', { retryAfter: PRESSURE_RETRY_S, cause: error })
    return new RefusedRequest('log-unavailable', { retryAfter: LOG_RETRY_S, cause: error })
  }
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : 500
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new RefusedRequest('bad-request', { cause: error })
  }
  return new RefusedRequest('internal', { cause: error })
}

function answer(reply: FastifyReply, refusal: RefusedRequest): FastifyReply {
  if (refusal.retryAfter !== undefined) reply.header('retry-after', String(refusal.retryAfter))
  return reply.code(refusal.status).send(refusal.body())
}
