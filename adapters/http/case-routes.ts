import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Rejected } from '../../core/errors.ts'
import { type Operator, type Operators, RIGHT_NAMES } from '../../core/operator.ts'
import { REPAIR_PROOFS, type RepairProof } from '../../core/repair.ts'
import { Type } from '../../core/schema.ts'
import type { Filing, Objections, Ruling } from '../../ingest/objections/objections.ts'
import type { Repairs } from '../../ingest/repair/repairs.ts'
import type { Severity } from '../../ingest/repair/rule-set.ts'

export interface CaseRouteParts {
  /** Whose key has to be sent as a bearer token, and is good for it. */
  readonly operators: Operators
  /** Errors: `Rejected` for a realm that is not. */
  readonly open: (realm: string) => Promise<{ readonly objections: Objections; readonly repairs: Repairs }>
  /** A person's number becomes a token; an enterprise's id stays. */
  readonly pseudonym: (objector: string) => string
}

const closed = { additionalProperties: false }
const text = Type.String({ minLength: 1, maxLength: 2_000 })
const name = Type.String({ minLength: 1, maxLength: 200 })
const RealmParams = Type.Object({ realm: Type.String({ maxLength: 64 }) })
const CaseParams = Type.Object({ realm: Type.String({ maxLength: 64 }), id: Type.String({ maxLength: 64 }) })
const FilingBody = Type.Object(
  {
    target: Type.String({ minLength: 3, maxLength: 400 }),
    objector: name,
    ground: text,
    authority: Type.Optional(name),
  },
  closed,
)
const RulingBody = Type.Object(
  {
    outcome: Type.Union([Type.Literal('upheld'), Type.Literal('corrected'), Type.Literal('rejected')]),
    reason: text,
    values: Type.Optional(
      Type.Object(
        {
          value: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
          cause: Type.Optional(name),
          occurred: Type.Optional(Type.Integer({ minimum: 0 })),
          decided: Type.Optional(Type.Integer({ minimum: 0 })),
          facts: Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 2_000 }))),
        },
        closed,
      ),
    ),
  },
  closed,
)
const severity = Type.Union([Type.Literal('minor'), Type.Literal('general'), Type.Literal('serious')])
const RepairBody = Type.Object(
  { target: Type.String({ minLength: 3, maxLength: 400 }), severity: Type.Optional(severity) },
  closed,
)
const ProofBody = Type.Object(
  { proof: Type.Union(REPAIR_PROOFS.map((one) => Type.Literal(one))), document: name },
  closed,
)
const AnswerBody = Type.Object({ granted: Type.Boolean(), reason: text }, closed)
const StoppedBody = Type.Object({ document: name }, closed)
const NoBody = Type.Optional(Type.Object({}, closed))

type InRealm = { Params: { realm: string } }
type OfCase = { Params: { realm: string; id: string } }

/** Objections and repairs over HTTP, for whoever has the right to them; what is read here is internal, too. Acts bear the name of the key's holder. */
export function addCaseRoutes(app: FastifyInstance, { operators, open, pseudonym }: CaseRouteParts): void {
  app.register(async (routes) => {
    const holders = new WeakMap<FastifyRequest, Operator>()
    routes.addHook('onRequest', async (request, reply) => {
      const operator = operators.identify(bearerOf(request))
      if (operator === undefined) return reply.code(401).send({ error: WRONG_KEY })
      if (!operator.rights.has('objections')) return reply.code(403).send({ error: NO_RIGHT })
      holders.set(request, operator)
      return undefined
    })
    function actor(request: FastifyRequest): string {
      const operator = holders.get(request)
      if (operator === undefined) throw new Error('a request that nobody was asked about')
      return operator.name
    }

    routes.get<InRealm>('/api/realms/:realm/objections', { schema: { params: RealmParams } }, async ({ params }) =>
      (await open(params.realm)).objections.list(),
    )
    routes.post<InRealm & { Body: Omit<Filing, 'by'> }>(
      '/api/realms/:realm/objections',
      { schema: { params: RealmParams, body: FilingBody } },
      async (request, reply) => {
        const { params, body } = request
        const { objections } = await open(params.realm)
        return reply
          .code(201)
          .send(await objections.file({ ...body, objector: pseudonym(body.objector), by: actor(request) }))
      },
    )
    routes.get<OfCase>('/api/realms/:realm/objections/:id', { schema: { params: CaseParams } }, async ({ params }) =>
      found(await (await open(params.realm)).objections.show(params.id)),
    )
    routes.post<OfCase & { Body: Omit<Ruling, 'by' | 'objection'> }>(
      '/api/realms/:realm/objections/:id/decision',
      { schema: { params: CaseParams, body: RulingBody } },
      async (request) => {
        const { params, body } = request
        return (await open(params.realm)).objections.decide({ ...body, objection: params.id, by: actor(request) })
      },
    )

    routes.get<InRealm>('/api/realms/:realm/repairs', { schema: { params: RealmParams } }, async ({ params }) =>
      (await open(params.realm)).repairs.list(),
    )
    routes.post<InRealm & { Body: { target: string; severity?: Severity } }>(
      '/api/realms/:realm/repairs',
      { schema: { params: RealmParams, body: RepairBody } },
      async (request, reply) => {
        const { repairs } = await open(request.params.realm)
        return reply.code(201).send(await repairs.open({ ...request.body, by: actor(request) }))
      },
    )
    routes.get<OfCase>('/api/realms/:realm/repairs/:id', { schema: { params: CaseParams } }, async ({ params }) =>
      found(await (await open(params.realm)).repairs.show(params.id)),
    )
    routes.post<OfCase & { Body: { proof: RepairProof; document: string } }>(
      '/api/realms/:realm/repairs/:id/proofs',
      { schema: { params: CaseParams, body: ProofBody } },
      async (request) => {
        const { params, body } = request
        return (await open(params.realm)).repairs.bring({ ...body, repair: params.id, by: actor(request) })
      },
    )
    routes.post<OfCase>(
      '/api/realms/:realm/repairs/:id/request',
      { schema: { params: CaseParams, body: NoBody } },
      async (request) =>
        (await open(request.params.realm)).repairs.request({ repair: request.params.id, by: actor(request) }),
    )
    routes.post<OfCase & { Body: { document: string } }>(
      '/api/realms/:realm/repairs/:id/stopped',
      { schema: { params: CaseParams, body: StoppedBody } },
      async (request) => {
        const { params, body } = request
        return (await open(params.realm)).repairs.stopped({ ...body, repair: params.id, by: actor(request) })
      },
    )
    routes.post<OfCase & { Body: { granted: boolean; reason: string } }>(
      '/api/realms/:realm/repairs/:id/answer',
      { schema: { params: CaseParams, body: AnswerBody } },
      async (request) => {
        const { params, body } = request
        return (await open(params.realm)).repairs.answer({ ...body, repair: params.id, by: actor(request) })
      },
    )
  })
}

const NO_RIGHT = {
  zh: `此操作需要${RIGHT_NAMES.objections.zh}权限(objections),该密钥没有。请由有权限的经办人办理,或用 fengsui operators add 发放。`,
  en: `This is for an ${RIGHT_NAMES.objections.en}, and the key has not that right (objections): ask somebody who has, or give it with fengsui operators add.`,
}
const WRONG_KEY = { zh: '操作员密钥不符', en: 'The operator’s key is missing or wrong' }

function bearerOf(request: FastifyRequest): string {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Rejected('unknown-case', { zh: '没有这件案件', en: 'There is no such case' })
  return value
}
