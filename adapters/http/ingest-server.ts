import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { Refusal, Retryable } from '../../core/errors.ts'
import { shortHash } from '../../core/hash.ts'
import type { Clock } from '../../core/time.ts'
import { addCounts, type Counts, NO_COUNTS, type RejectedLine } from '../../ingest/counts.ts'
import type { RowFormat, RowOptions } from '../../ingest/decode/row.ts'
import { createRowReader } from '../../ingest/decode/row-reader.ts'
import { type ArrivalReceipt, createOccurrences } from '../../ingest/ingest-batch.ts'
import { isKey, type RegisteredFeed, type RegisteredRealm, type Registry } from '../../ingest/registry.ts'
import { RefusedRequest } from './ingest-errors.ts'
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
/** A request has to have come in whole by then; bodies of 32 MB over a slow line take minutes. */
const REQUEST_TIMEOUT_MS = 300_000
const IDLE_TIMEOUT_MS = 60_000

const FORMATS: Readonly<Record<string, RowFormat>> = {
  'text/csv': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/json': 'json',
}
const ENCODINGS: Readonly<Record<string, 'utf-8' | 'gb18030'>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  gb18030: 'gb18030',
  gbk: 'gb18030',
  gb2312: 'gb18030',
}

/** The front door for records: `POST /ingest/{realm}/{feed}`, and for how far time has come: `/ingest/{realm}/progress`. */
export async function startIngestServer(options: IngestServerOptions): Promise<IngestServer> {
  const { registry, clock } = options
  for (const [name, { feeds }] of registry) {
    if (feeds.has('progress')) throw new Refusal(`realm ${name}: a feed cannot be named progress, which is a path here`)
  }
  const bodies = createBodyReader({ bodyBytes: BODY_BYTES, drainBytes: 8 * BODY_BYTES, heldBytes: 6 * BODY_BYTES })
  const app = Fastify({
    bodyLimit: BODY_BYTES,
    connectionTimeout: IDLE_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
  })
  app.removeAllContentTypeParsers()
  // Bodies are read by the handler, after the key was seen to be right.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))

  app.setNotFoundHandler((_request, reply) => answer(reply, new RefusedRequest('unknown-path')))
  app.setErrorHandler((error, _request, reply) => {
    const refusal = toRefusal(error)
    if (refusal.refusal === 'internal') options.onInternalError(error)
    return answer(reply, refusal)
  })

  app.post<{ Params: { realm: string } }>('/ingest/:realm/progress', async (request) => {
    const realm = realmOf(registry, request.params.realm)
    const mine = feedsOfKey(realm, bearerOf(request))
    if (mine.length === 0) throw new RefusedRequest('wrong-key')
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
    if (feedsOfKey(realm, bearerOf(request)).length === 0) throw new RefusedRequest('wrong-key')
    return { until: await realm.intake.completeUntil() }
  })

  app.post<{ Params: { realm: string; feed: string } }>('/ingest/:realm/:feed', async (request) => {
    const realm = realmOf(registry, request.params.realm)
    const feed = realm.feeds.get(request.params.feed)
    if (feed === undefined) throw new RefusedRequest('unknown-feed')
    if (!isKey(bearerOf(request), feed.key)) throw new RefusedRequest('wrong-key')
    const rowOptions = readContentType(request)
    if (await realm.intake.isPressed()) throw new RefusedRequest('back-pressure', { retryAfter: PRESSURE_RETRY_S })
    const held = await bodies.read(request.raw)
    try {
      const bulk = request.headers['x-fengsui-bulk'] === '1'
      return await takeIn(realm, feed, held, { rowOptions, bulk })
    } finally {
      held.release()
    }
  })

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
  return { url: `http://${host}:${address.port}`, close: () => app.close() }
}

async function takeIn(
  { intake }: RegisteredRealm,
  { compiled }: RegisteredFeed,
  { bytes }: HeldBody,
  { rowOptions, bulk }: { rowOptions: RowOptions; bulk: boolean },
): Promise<{ feed: string; rejected: readonly RejectedLine[] } & Counts> {
  // The same body again has the same name, so that its rejects are the same rejects.
  const source = `post:${shortHash(bytes)}`
  const occurrence = createOccurrences()
  let counts = NO_COUNTS
  const rejected: RejectedLine[] = []
  const settle = async (pending: Promise<ArrivalReceipt> | undefined) => {
    const receipt = await pending
    if (receipt === undefined) return
    counts = addCounts(counts, receipt.counts)
    rejected.push(...receipt.rejected.slice(0, LISTED_REJECTS - rejected.length))
  }
  const { format, encoding } = rowOptions
  const reading = { ...(format !== undefined && { format }), ...(encoding !== undefined && { encoding }) }
  // One part is read and mapped while the one before is made durable.
  let pending: Promise<ArrivalReceipt> | undefined
  for await (const rows of createRowReader(compiled.policy, source, rowOptions)(partsOf(bytes))) {
    const next = intake.submit({ feed: compiled, source, rows, bulk, occurrence, reading })
    next.catch(heardBelow)
    await settle(pending)
    pending = next
  }
  await settle(pending)
  return { feed: compiled.policy.feed, ...counts, rejected }
}

async function* partsOf(bytes: Buffer): AsyncIterable<Uint8Array> {
  for (let from = 0; from < bytes.length; from += PART_BYTES) yield bytes.subarray(from, from + PART_BYTES)
}

/** A part that fails while the one before is awaited is heard when its own turn comes. */
function heardBelow(): void {}

function realmOf(registry: Registry, name: string): RegisteredRealm {
  const realm = registry.get(name)
  if (realm === undefined) throw new RefusedRequest('unknown-feed')
  return realm
}

function bearerOf(request: FastifyRequest): string {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

function feedsOfKey(realm: RegisteredRealm, offered: string): string[] {
  return [...realm.feeds].filter(([, { key }]) => isKey(offered, key)).map(([feed]) => feed)
}

function readContentType(request: FastifyRequest): RowOptions {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';')
  const charset = parameters.map((each) => /^\s*charset="?([^"\s]+)"?\s*$/.exec(each)?.[1]).find((each) => each)
  const format = Object.hasOwn(FORMATS, type.trim()) ? FORMATS[type.trim()] : undefined
  const name = charset ?? 'utf-8'
  const encoding = Object.hasOwn(ENCODINGS, name) ? ENCODINGS[name] : undefined
  const compressed = request.headers['content-encoding'] ?? 'identity'
  if (format === undefined || encoding === undefined || compressed !== 'identity') {
    throw new RefusedRequest('unsupported-content')
  }
  return { format, encoding }
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

function toRefusal(error: unknown): RefusedRequest {
  if (error instanceof RefusedRequest) return error
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
