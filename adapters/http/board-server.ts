import { existsSync } from 'node:fs'
import helmet from '@fastify/helmet'
import serveFolder from '@fastify/static'
import fastify, { type FastifyInstance } from 'fastify'
import { type Bilingual, joined } from '../../core/bilingual.ts'
import { Rejected, Retryable, textOf } from '../../core/errors.ts'
import { NO_REALM, type Present } from '../../core/present.ts'
import { Type } from '../../core/schema.ts'
import type { Boards } from '../../dashboards/boards.ts'
import { type BoardChannel, createBoardChannel } from './board-channel.ts'
import { addCaseRoutes, type CaseRouteParts } from './case-routes.ts'
import { addPageRoutes, type PageParts } from './page-routes.ts'
import { refuse, UNKNOWN_REALM } from './refuse.ts'
import { addStewardPageRoutes, type StewardPages } from './steward-page-routes.ts'

/** What the server shows and does; each is a port that the composition root fills. */
export interface BoardServerParts extends PageParts {
  readonly boards: Boards
  readonly present: Present
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
const UNKNOWN_PATH: Bilingual = { zh: '没有这个地址', en: 'There is nothing at this address' }
const FULL: Bilingual = { zh: '实时连接已满，请稍后再试', en: 'Too many live connections; try again later' }
const AWAY: Bilingual = { zh: '存储暂时不可用，请稍后再试', en: 'The store is briefly away; try again later' }
const BROKEN: Bilingual = { zh: '服务内部错误，已记录', en: 'Internal fault; it has been recorded' }
const MALFORMED: Bilingual = { zh: '请求不合要求', en: 'The request is not as it should be' }

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

  addPageRoutes(app, parts)
  if (parts.cases !== undefined) addCaseRoutes(app, parts.cases)
  if (parts.stewardPages !== undefined) addStewardPageRoutes(app, parts.stewardPages, parts.identify)

  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, UNKNOWN_PATH))
  app.setErrorHandler(
    (error: Error & { readonly validation?: unknown; readonly statusCode?: number }, _request, reply) => {
      if (error instanceof Retryable) return refuse(reply.header('retry-after', '2'), 503, AWAY)
      if (error instanceof Rejected) return refuse(reply, 409, error.text)
      const status = error.statusCode ?? 500
      if (status < 500) return refuse(reply, status, joined([MALFORMED, textOf(error)], ': '))
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

function totalClients(channels: ReadonlyMap<string, BoardChannel>): number {
  let total = 0
  for (const channel of channels.values()) total += channel.clients()
  return total
}
