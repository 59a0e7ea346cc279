import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Compile, Type } from '../../core/schema.ts'
import { isSubject } from '../../ingest/identity/subject-id.ts'
import { isKey } from '../../ingest/registry.ts'
import { MOST_LISTED, type RejectFilter } from '../../ingest/rejects/find-rejects.ts'
import type { ReplayRequest, StewardDesk } from '../../ingest/steward-desk.ts'
import { RefusedRequest } from './ingest-errors.ts'

export interface OperatorRealm {
  readonly desk: StewardDesk
  /** Registered codes that fail their check digits and are legal all the same. */
  readonly legacyCodes: ReadonlySet<string>
}

export interface OperatorDoor {
  /** By realm. */
  readonly desks: ReadonlyMap<string, OperatorRealm>
  /** What stewards prove themselves with; feeds have keys of their own. */
  readonly key: string
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
      by,
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
      by,
      note: Type.String({ maxLength: 2_000 }),
      at: Type.Integer({ minimum: 0 }),
    },
    closed,
  ),
)

type Query = Readonly<Record<string, string | undefined>>
type Asked = FastifyRequest<{ Params: { realm: string }; Querystring: Record<string, string | string[] | undefined> }>

/** What stewards ask and decide: `/operator/{realm}/…`, with the operator's key. */
export function addOperatorRoutes(app: FastifyInstance, { desks, key }: OperatorDoor, readBytes: ReadBytes): void {
  function realmOf(request: FastifyRequest<{ Params: { realm: string } }>): OperatorRealm {
    const offered = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (!isKey(offered, key)) throw new RefusedRequest('wrong-operator-key')
    const realm = desks.get(request.params.realm)
    if (realm === undefined) throw new RefusedRequest('unknown-feed')
    return realm
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
    const { id = '', by: asker = '', reveal } = queryOf(request)
    const desk = deskOf(request)
    if (reveal === 'true' && asker === '') throw new RefusedRequest('bad-order')
    const shown = await desk.show(id, asker, reveal === 'true')
    if (shown === undefined) throw new RefusedRequest('unknown-reject')
    return shown
  })

  app.post('/operator/:realm/rejects/replay', async (request: Asked) => {
    const { desk, legacyCodes } = realmOf(request)
    const order = parseJson(await readBytes(request.raw))
    if (!Replay.Check(order) || !isSubject(order.as, legacyCodes)) throw new RefusedRequest('bad-order')
    const { mended, ...rest } = order
    const asked: ReplayRequest = mended === undefined ? rest : { ...rest, mended: Buffer.from(mended, 'base64') }
    const outcome = await desk.replay(asked)
    if (outcome === undefined) throw new RefusedRequest('unknown-reject')
    return outcome
  })

  app.get('/operator/:realm/identities', async (request: Asked) => ({ identities: await deskOf(request).identities() }))

  app.post('/operator/:realm/identities', async (request: Asked) => {
    const { desk, legacyCodes } = realmOf(request)
    const order = parseJson(await readBytes(request.raw))
    const known = (one: string) => isSubject(one, legacyCodes)
    if (!Identity.Check(order) || !known(order.from) || !known(order.into)) throw new RefusedRequest('bad-order')
    const { type, ...decided } = order
    return type === 'merge' ? desk.merge(decided) : desk.split(decided)
  })

  app.post('/operator/:realm/reindex', async (request: Asked) => ({ read: await deskOf(request).reindex() }))

  app.get('/operator/:realm/codes', async (request: Asked) => {
    const desk = deskOf(request)
    const from = numberIn(queryOf(request).from) ?? 0
    const until = numberIn(queryOf(request).until) ?? Number.MAX_SAFE_INTEGER
    return { lines: await desk.codes({ from, until }) }
  })
}

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
