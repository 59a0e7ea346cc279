import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Bilingual } from '../../core/bilingual.ts'
import type { Decision } from '../../core/decision.ts'
import { Type } from '../../core/schema.ts'
import type { Clock } from '../../core/time.ts'
import type { EnterpriseHit, EnterprisePage, WarningPage } from '../../dashboards/board-model.ts'
import type { PageMoment } from '../../dashboards/enterprise-page.ts'
import { refuse, WHO } from './refuse.ts'

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

export interface PageParts {
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

const UNKNOWN_ENTERPRISE: Bilingual = { zh: '没有这个市场主体的记录', en: 'Nothing is known of this enterprise' }
const UNKNOWN_WARNING: Bilingual = { zh: '没有这条预警', en: 'There is no such warning' }
const FOREIGN: Bilingual = { zh: '拒绝来自其他站点的操作', en: 'Refused: the request comes from another site' }

/** What is known of one enterprise or warning, and what people decide of a warning. */
export function addPageRoutes(app: FastifyInstance, parts: PageParts): void {
  const { clock } = parts
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
