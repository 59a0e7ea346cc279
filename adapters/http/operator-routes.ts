import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../../core/errors.ts'
import { actorOf, type Operator, type Operators } from '../../core/operator.ts'
import { Compile, Type } from '../../core/schema.ts'
import { isSubject } from '../../ingest/identity/subject-id.ts'
import { MOST_LISTED, type RejectFilter } from '../../ingest/rejects/find-rejects.ts'
import type { ReplayRequest, StewardDesk } from '../../ingest/steward-desk.ts'
import { RefusedRequest } from './ingest-errors.ts'

export interface OperatorRealm {
  readonly desk: StewardDesk
  /** Registered codes that fail their check digits and are legal all the same. */
  readonly legacyCodes: ReadonlySet<string>
  readonly policies: PolicyDoor
}

/** Which rules the realm follows, and from when another set, that was staged, does so. */
export interface PolicyDoor {
  list(): Promise<object>
  /** `from`: not before this instant, UTC ms; as soon as can be where absent. Errors: `Refusal`. */
  activate(order: {
    readonly policy: string
    readonly from?: number
    readonly by: string
    readonly note: string
  }): Promise<object>
}

export interface OperatorDoor {
  /** By realm. */
  readonly desks: ReadonlyMap<string, OperatorRealm>
  /** Who may act here; feeds have keys of their own. */
  readonly operators: Operators
}

/** Reads a body to its end, within the server's bounds. */
export type ReadBytes = (stream: Readable) => Promise<Buffer>

const by = Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000-\\u001f]+$' })
const subject = Type.String({ maxLength: 300 })
const closed = { additionalProperties: false }
const Replay = Compile(
  Type.Object(
    {
      id: Type.String({ minLength: 1, maxLength: 200 }),
      by: Type.Optional(by),
      /** Base64. */
      mended: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$' })),
      as: Type.Optional(subject),
    },
    closed,
  ),
)
const Identity = Compile(
  Type.Object(
    {
      type: Type.Union([Type.Literal('merge'), Type.Literal('split')]),
      from: subject,
      into: subject,
      by: Type.Optional(by),
      note: Type.String({ maxLength: 2_000 }),
      at: Type.Integer({ minimum: 0 }),
    },
    closed,
  ),
)

const Activation = Compile(
  Type.Object(
    {
      policy: Type.String({ pattern: '^[0-9a-f]{8,64}$' }),
      from: Type.Optional(Type.Integer({ minimum: 0 })),
      by: Type.Optional(by),
      note: Type.String({ maxLength: 2_000 }),
    },
    closed,
  ),
)

type Query = Readonly<Record<string, string | undefined>>
type Asked = FastifyRequest<{ Params: { realm: string }; Querystring: Record<string, string | string[] | undefined> }>

/**
 * What stewards ask and decide: `/operator/{realm}/…`, with a key that has the right to it. What is done is recorded in
 * the name of the key's holder, whatever name the body gives.
 */
export function addOperatorRoutes(
  app: FastifyInstance,
  { desks, operators }: OperatorDoor,
  readBytes: ReadBytes,
): void {
  function realmOf(
    request: FastifyRequest<{ Params: { realm: string } }>,
    right: keyof typeof NEEDS = 'steward',
  ): OperatorRealm & { operator: Operator } {
    const operator = holderOf(request, right)
    const realm = desks.get(request.params.realm)
    if (realm === undefined) throw new RefusedRequest('unknown-feed')
    return { ...realm, operator }
  }

  function holderOf({ headers }: FastifyRequest, right: keyof typeof NEEDS): Operator {
    const operator = operators.identify(/^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '')
    if (operator === undefined) throw new RefusedRequest('wrong-operator-key')
    if (!operator.rights.has(right)) throw new RefusedRequest(NEEDS[right])
    return operator
  }

  const deskOf = (request: Asked) => realmOf(request).desk

  app.get('/operator/:realm/rejects', async (request: Asked) => {
    const desk = deskOf(request)
    const limit = numberIn(queryOf(request).limit) ?? 100
    return { rejects: await desk.list(filterIn(queryOf(request)), Math.min(limit, MOST_LISTED)) }
  })

  app.get('/operator/:realm/rejects/groups', async (request: Asked) => {
    return { groups: await deskOf(request).groups(filterIn(queryOf(request))) }
  })

  app.get('/operator/:realm/rejects/one', async (request: Asked) => {
    const { id = '', by: claimed, reveal } = queryOf(request)
    const { desk, operator } = realmOf(request)
    const shown = await desk.show(id, actorOf(operator, claimed, operators), reveal === 'true')
    if (shown === undefined) throw new RefusedRequest('unknown-reject')
    return shown
  })

  app.post('/operator/:realm/rejects/replay', async (request: Asked) => {
    const { desk, legacyCodes, operator } = realmOf(request)
    const order = parseJson(await readBytes(request.raw))
    if (!Replay.Check(order) || !isSubject(order.as, legacyCodes)) throw new RefusedRequest('bad-order')
    const { mended, ...named } = order
    const rest = { ...named, by: actorOf(operator, order.by, operators) }
    const asked: ReplayRequest = mended === undefined ? rest : { ...rest, mended: Buffer.from(mended, 'base64') }
    const outcome = await desk.replay(asked)
    if (outcome === undefined) throw new RefusedRequest('unknown-reject')
    return outcome
  })

  app.get('/operator/:realm/identities', async (request: Asked) => ({ identities: await deskOf(request).identities() }))

  app.post('/operator/:realm/identities', async (request: Asked) => {
    const { desk, legacyCodes, operator } = realmOf(request)
    const order = parseJson(await readBytes(request.raw))
    const known = (one: string) => isSubject(one, legacyCodes)
    if (!Identity.Check(order) || !known(order.from) || !known(order.into)) throw new RefusedRequest('bad-order')
    const { type, ...named } = order
    const decided = { ...named, by: actorOf(operator, order.by, operators) }
    return type === 'merge' ? desk.merge(decided) : desk.split(decided)
  })

  app.get('/operator/:realm/policies', async (request: Asked) => realmOf(request, 'policy').policies.list())

  app.post('/operator/:realm/policies/activate', async (request: Asked, reply) => {
    const { policies, operator } = realmOf(request, 'policy')
    const order = parseJson(await readBytes(request.raw))
    if (!Activation.Check(order)) throw new RefusedRequest('bad-order')
    try {
      return await policies.activate({ ...order, by: actorOf(operator, order.by, operators) })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return reply.code(409).send({ error: { reason: 'refused', ...error.text } })
    }
  })

  app.post('/operator/:realm/reindex', async (request: Asked) => ({ read: await deskOf(request).reindex() }))

  app.get('/operator/:realm/codes', async (request: Asked) => {
    const desk = deskOf(request)
    const from = numberIn(queryOf(request).from) ?? 0
    const until = numberIn(queryOf(request).until) ?? Number.MAX_SAFE_INTEGER
    return { lines: await desk.codes({ from, until }) }
  })
}

const NEEDS = { steward: 'needs-steward', policy: 'needs-policy-officer' } as const

/** A name that is given twice means nothing here. */
function queryOf({ query }: Asked): Query {
  const single: Record<string, string | undefined> = {}
  for (const [name, text] of Object.entries(query)) {
    if (Array.isArray(text)) throw new RefusedRequest('bad-order')
    single[name] = text
  }
  return single
}

function filterIn(query: Query): RejectFilter {
  const { feed, reason, state, subject: device, afterId } = query
  const since = numberIn(query.since)
  const received = numberIn(query.afterReceived)
  const from = numberIn(query.knownFrom)
  if (state !== undefined && state !== 'open' && state !== 'replayed' && state !== 'resolved') {
    throw new RefusedRequest('bad-order')
  }
  return {
    ...(feed !== undefined && { feed }),
    ...(reason !== undefined && { reason }),
    ...(state !== undefined && { state }),
    ...(device !== undefined && { subject: device }),
    ...(since !== undefined && { since }),
    ...(from !== undefined && { known: { from, to: numberIn(query.knownTo) ?? 0 } }),
    ...(received !== undefined && afterId !== undefined && { after: { received, id: afterId } }),
  }
}

function numberIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new RefusedRequest('bad-order')
  return number
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch (error) {
    if (error instanceof SyntaxError) throw new RefusedRequest('bad-order', { cause: error })
    throw error
  }
}
