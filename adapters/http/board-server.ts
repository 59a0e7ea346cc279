import { existsSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import helmet from '@fastify/helmet'
import serveFolder from '@fastify/static'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Decision } from '../../core/decision.ts'
import { Rejected, Retryable } from '../../core/errors.ts'
import type { Bilingual } from '../../core/policy.ts'
import { NO_REALM, type Present } from '../../core/present.ts'
import { Type } from '../../core/schema.ts'
import type { Clock } from '../../core/time.ts'
import type { EnterpriseHit, EnterprisePage, WarningPage } from '../../dashboards/board-model.ts'
import type { Boards } from '../../dashboards/boards.ts'
import type { PageMoment } from '../../dashboards/enterprise-page.ts'
import { type BoardChannel, createBoardChannel } from './board-channel.ts'
import { addCaseRoutes, type CaseRouteParts } from './case-routes.ts'
import { addStewardPageRoutes, type StewardPages } from './steward-page-routes.ts'

/** Who read what internal figure of whom; written before the figure is shown. */
export interface AuditEntry {
  readonly what: 'enterprise-page'
  readonly realm: string
  readonly subject: string
  readonly by: string
  /** Wall time, UTC ms. */
  readonly at: number
}

export type WarningDecision = Pick<
  Extract<Decision, { type: 'warning-decided' }>,
  'realm' | 'warning' | 'to' | 'by' | 'note'
>

/** What the server shows and does; each is a port that the composition root fills. */
export interface BoardServerParts {
  readonly boards: Boards
  readonly present: Present
  /** `moment`: as it was on an instant by what was known at another; now where absent. */
  readonly enterprisePage: (
    realm: string,
    enterprise: string,
    moment?: PageMoment,
  ) => Promise<EnterprisePage | undefined>
  readonly warningPage: (realm: string, warning: string) => Promise<WarningPage | undefined>
  readonly search: (realm: string, text: string) => Promise<readonly EnterpriseHit[]>
  /** Durable when it resolves. Errors: `Rejected` for a decision that cannot be, `Retryable` when the log is away. */
  readonly decide: (decision: WarningDecision) => Promise<void>
  readonly audit: (entry: AuditEntry) => Promise<void>
  /** Who asks; `undefined` refuses with 401. */
  readonly identify: (headers: IncomingHttpHeaders) => string | undefined
  readonly clock: Clock
  readonly onFault: (error: unknown) => void
  /** Objections and repairs; without them the server has no such paths. */
  readonly cases?: CaseRouteParts
  /** What stewards and officers look at; without it the server has no such paths. */
  readonly stewardPages?: StewardPages
}

export interface BoardServerOptions {
  /** Folder of the built pages; without it only the API is served. */
  readonly webRoot?: string
  readonly host?: string
  /** 0 takes any free port. */
  readonly port: number
  readonly mostClients?: number
  readonly mostWaitingBytes?: number
}

export interface BoardServer {
  /** Listens; answers the URL. */
  start(): Promise<string>
  stop(): Promise<void>
}

const RealmParams = Type.Object({ realm: Type.String({ maxLength: 64 }) })
const SubjectParams = Type.Object({ realm: Type.String({ maxLength: 64 }), id: Type.String({ maxLength: 400 }) })
/** UTC ms. Without `known`, by what was known on the very instant: no look-ahead. */
const MomentQuery = Type.Object({
  on: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  known: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
})
const SearchQuery = Type.Object({ query: Type.String({ minLength: 1, maxLength: 100 }) })
const DecisionBody = Type.Object(
  {
    to: Type.Union([Type.Literal('confirmed'), Type.Literal('dispatched'), Type.Literal('closed')]),
    note: Type.String({ maxLength: 500 }),
  },
  { additionalProperties: false },
)

const UNKNOWN_REALM: Bilingual = { zh: '没有这个数据域', en: 'There is no such realm' }
const UNKNOWN_ENTERPRISE: Bilingual = { zh: '没有这个市场主体的记录', en: 'Nothing is known of this enterprise' }
const UNKNOWN_WARNING: Bilingual = { zh: '没有这条预警', en: 'There is no such warning' }
const UNKNOWN_PATH: Bilingual = { zh: '没有这个地址', en: 'There is nothing at this address' }
const WHO: Bilingual = { zh: '没有经办人持有这个密钥', en: 'No operator has this key' }
const FOREIGN: Bilingual = { zh: '拒绝来自其他站点的操作', en: 'Refused: the request comes from another site' }
const FULL: Bilingual = { zh: '实时连接已满，请稍后再试', en: 'Too many live connections; try again later' }
const AWAY: Bilingual = { zh: '存储暂时不可用，请稍后再试', en: 'The store is briefly away; try again later' }
const BROKEN: Bilingual = { zh: '服务内部错误，已记录', en: 'Internal fault; it has been recorded' }

/** The board role's HTTP side. Binds 127.0.0.1 unless told otherwise: who opens it to a network puts sign-in before it. */
export function createBoardServer(parts: BoardServerParts, options: BoardServerOptions): BoardServer {
  const { boards, clock, onFault } = parts
  const mostClients = options.mostClients ?? 200
  const mostWaitingBytes = options.mostWaitingBytes ?? 2_000_000
  const channels = new Map<string, BoardChannel>()
  const app = fastify({
    logger: false,
    routerOptions: { maxParamLength: 1_300 },
    bodyLimit: 16_384,
    forceCloseConnections: true,
  })
  let unwatch: (() => Promise<void>) | undefined

  async function channelOf(realm: string): Promise<BoardChannel | undefined> {
    const open = channels.get(realm)
    if (open !== undefined) return open
    const known = await boards.realms()
    if (!known.some((card) => card.realm === realm)) return undefined
    const again = channels.get(realm)
    if (again !== undefined) return again
    const read = (now: number) => boards.read(realm, now)
    const channel = createBoardChannel({ read, clock, mostWaitingBytes, onFault })
    channels.set(realm, channel)
    return channel
  }

  async function openAllChannels(): Promise<void> {
    for (const card of await boards.realms()) await channelOf(card.realm)
  }

  app.get('/healthz', async () => {
    const known = await boards.realms()
    return { ok: true, realms: known.length, clients: totalClients(channels) }
  })

  app.get('/api/realms', async () => boards.realms())

  app.get<{ Params: { realm: string } }>(
    '/api/realms/:realm/board',
    { schema: { params: RealmParams } },
    async (request, reply) => {
      const board = await boards.read(request.params.realm, clock.now())
      return board ?? refuse(reply, 404, UNKNOWN_REALM)
    },
  )

  app.get<{ Params: { realm: string } }>(
    '/api/realms/:realm/board/stream',
    { schema: { params: RealmParams } },
    async (request, reply) => {
      const channel = await channelOf(request.params.realm)
      if (channel === undefined) return refuse(reply, 404, UNKNOWN_REALM)
      if (totalClients(channels) >= mostClients) return refuse(reply.header('retry-after', '10'), 503, FULL)
      reply.hijack()
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-accel-buffering': 'no',
      })
      reply.raw.flushHeaders()
      channel.join(reply.raw)
      return reply
    },
  )

  app.get<{ Params: { realm: string }; Querystring: { query: string } }>(
    '/api/realms/:realm/enterprises',
    { schema: { params: RealmParams, querystring: SearchQuery } },
    async (request) => parts.search(request.params.realm, request.query.query),
  )

  app.get<{ Params: { realm: string; id: string }; Querystring: { on?: number; known?: number } }>(
    '/api/realms/:realm/enterprises/:id',
    { schema: { params: SubjectParams, querystring: MomentQuery } },
    async (request, reply) => {
      const by = parts.identify(request.headers)
      if (by === undefined) return refuse(reply, 401, WHO)
      const { realm, id } = request.params
      await parts.audit({ what: 'enterprise-page', realm, subject: id, by, at: clock.now() })
      const { on, known } = request.query
      const moment = on === undefined && known === undefined ? undefined : momentOf(on, known)
      const page = await parts.enterprisePage(realm, id, moment)
      return page ?? refuse(reply, 404, UNKNOWN_ENTERPRISE)
    },
  )

  app.get<{ Params: { realm: string; id: string } }>(
    '/api/realms/:realm/warnings/:id',
    { schema: { params: SubjectParams } },
    async (request, reply) => {
      const page = await parts.warningPage(request.params.realm, request.params.id)
      return page ?? refuse(reply, 404, UNKNOWN_WARNING)
    },
  )

  app.post<{ Params: { realm: string; id: string }; Body: Pick<WarningDecision, 'to' | 'note'> }>(
    '/api/realms/:realm/warnings/:id/decisions',
    { schema: { params: SubjectParams, body: DecisionBody } },
    async (request, reply) => {
      if (isForeign(request)) return refuse(reply, 403, FOREIGN)
      const by = parts.identify(request.headers)
      if (by === undefined) return refuse(reply, 401, WHO)
      const { realm, id } = request.params
      const { to, note } = request.body
      await parts.decide({ realm, warning: id, to, by, note })
      return reply.code(202).send({ accepted: true })
    },
  )

  if (parts.cases !== undefined) addCaseRoutes(app, parts.cases)
  if (parts.stewardPages !== undefined) addStewardPageRoutes(app, parts.stewardPages, parts.identify)

  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, UNKNOWN_PATH))
  app.setErrorHandler(
    (error: Error & { readonly validation?: unknown; readonly statusCode?: number }, _request, reply) => {
      if (error instanceof Retryable) return refuse(reply.header('retry-after', '2'), 503, AWAY)
      if (error instanceof Rejected) return refuse(reply, 409, { zh: error.message, en: error.message })
      const status = error.statusCode ?? 500
      if (status < 500) return refuse(reply, status, { zh: `请求不合要求：${error.message}`, en: error.message })
      onFault(error)
      return refuse(reply, 500, BROKEN)
    },
  )

  return {
    async start() {
      await secure(app)
      if (options.webRoot !== undefined && existsSync(options.webRoot)) {
        await app.register(serveFolder, {
          root: options.webRoot,
          cacheControl: false,
          setHeaders(reply, path) {
            // Names of built files carry their hash; the page that names them must not be kept.
            const kept = /[\\/]assets[\\/]/.test(path)
            reply.header('cache-control', kept ? 'public, max-age=31536000, immutable' : 'no-cache')
          },
        })
      }
      await openAllChannels()
      unwatch = await parts.present.watch((realm, area) => {
        if (realm === NO_REALM) void openAllChannels().catch(onFault)
        else if (boards.changed(realm, area)) channels.get(realm)?.ring()
      })
      return app.listen({ host: options.host ?? '127.0.0.1', port: options.port })
    },
    async stop() {
      await unwatch?.()
      for (const channel of channels.values()) channel.close()
      channels.clear()
      await app.close()
    },
  }
}

/** Only what this server itself serves may run, style, load or frame; nothing is upgraded, as the loopback has no TLS. */
async function secure(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        fontSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
  })
}

function momentOf(on: number | undefined, known: number | undefined): PageMoment {
  return { on: on ?? known ?? Number.MAX_SAFE_INTEGER, known: known ?? on ?? Number.MAX_SAFE_INTEGER }
}

/** A browser names the page that sends a request; a decision is taken only from our own pages or from no page at all. */
function isForeign(request: FastifyRequest): boolean {
  const { origin, host } = request.headers
  if (origin === undefined) return false
  return !URL.canParse(origin) || new URL(origin).host !== host
}

function refuse(reply: FastifyReply, status: number, error: Bilingual): FastifyReply {
  return reply.code(status).send({ error })
}

function totalClients(channels: ReadonlyMap<string, BoardChannel>): number {
  let total = 0
  for (const channel of channels.values()) total += channel.clients()
  return total
}
