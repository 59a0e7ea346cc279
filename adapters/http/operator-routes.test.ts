import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Refusal } from '../../core/errors.ts'
import type { StewardDesk } from '../../ingest/steward-desk.ts'
import { testOperators } from '../../test/support/operators.ts'
import { RefusedRequest } from './ingest-errors.ts'
import { addOperatorRoutes } from './operator-routes.ts'

const SUBJECT = 'uscc:91140105MA0T100092'
const OTHER = 'uscc:91140106MA0T10375C'
let app: FastifyInstance
let acts: object[]

beforeAll(async () => {
  app = Fastify()
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof RefusedRequest)) throw error
    return reply.code(error.status).send(error.body())
  })
  const done = async (act: object) => {
    acts.push(act)
    return { outcome: 'merged' } as const
  }
  const counts = { observations: 1, versions: 0, duplicates: 0, rejects: 0, lines: 1 }
  const desk: StewardDesk = {
    list: async () => [],
    groups: async () => [],
    async replay(order) {
      acts.push(order)
      return { outcome: 'replayed', counts }
    },
    merge: done,
    split: done,
    async show(id, by, reveal) {
      acts.push({ id, by, reveal })
      return undefined
    },
    identities: async () => [],
    reindex: async () => 0,
    codes: async () => [],
  }
  const policies = {
    list: async () => ({ inForce: [] }),
    async activate(order: { policy: string }) {
      if (order.policy.startsWith('f')) throw new Refusal({ zh: '没有待启用的规则', en: 'Nothing is staged' })
      return done(order)
    },
  }
  const operators = testOperators({
    first: { name: 'operator', rights: ['steward', 'objections', 'policy'] },
    li: { name: 'li', rights: ['steward'] },
    wang: { name: 'wang', rights: ['policy'] },
  })
  addOperatorRoutes(
    app,
    { desks: new Map([['city', { desk, legacyCodes: new Set<string>(), policies }]]), operators },
    async (stream) => Buffer.concat(await stream.toArray()),
  )
  await app.ready()
})
afterAll(() => app.close())
beforeEach(() => {
  acts = []
})

async function ask(key: string, path: string, body?: object) {
  const reply = await app.inject({
    url: `/operator/city/${path}`,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? { method: 'GET' } : { method: 'POST', payload: JSON.stringify(body) }),
  })
  return { status: reply.statusCode, said: reply.json() }
}

describe('what operators may do', () => {
  const merge = { type: 'merge', from: OTHER, into: SUBJECT, note: '', at: 1 }

  it.each([
    ['rejects', undefined],
    ['rejects/replay', { id: 'r' }],
    ['identities', merge],
    ['codes', undefined],
    ['reindex', {}],
  ])('%s is for stewards: another key is told so, in both languages', async (path, body) => {
    const { status, said } = await ask('wang', path, body)
    expect(status).toBe(403)
    expect(said.error).toMatchObject({
      zh: expect.stringContaining('数据专员'),
      en: expect.stringContaining('steward'),
    })
    expect((await ask('nobody', path, body)).status).toBe(401)
    expect(acts).toEqual([])
  })

  it('is recorded in the name of the key’s holder, whatever name is given', async () => {
    await ask('li', 'rejects/replay', { id: 'r', by: 'zhao' })
    await ask('li', 'identities', { ...merge, by: 'wang' })
    await ask('li', 'rejects/one?id=r&by=zhao&reveal=true')
    expect(acts).toMatchObject([
      { id: 'r', by: 'li' },
      { from: OTHER, by: 'li' },
      { by: 'li', reveal: true },
    ])
  })

  it('with the first key is recorded as it says, save for somebody who has a key to sign with', async () => {
    await ask('first', 'rejects/replay', { id: 'r', by: 'zhao' })
    await ask('first', 'rejects/replay', { id: 'r', by: 'li' })
    await ask('first', 'rejects/replay', { id: 'r' })
    expect(acts).toMatchObject([{ by: 'zhao' }, { by: 'operator' }, { by: 'operator' }])
  })

  it('with policies is for policy officers, who are told why one cannot come into force', async () => {
    expect((await ask('li', 'policies')).said.error).toMatchObject({ reason: 'needs-policy-officer' })
    expect((await ask('wang', 'policies')).said).toEqual({ inForce: [] })
    expect((await ask('wang', 'policies/activate', { policy: '0123456789', note: 'n', by: 'li' })).status).toBe(200)
    expect(acts).toMatchObject([{ policy: '0123456789', note: 'n', by: 'wang' }])
    const refused = await ask('wang', 'policies/activate', { policy: 'ffffffff', note: '' })
    expect(refused).toMatchObject({
      status: 409,
      said: { error: { en: expect.stringContaining('Nothing is staged') } },
    })
    expect((await ask('wang', 'policies/activate', { policy: 'x', note: '' })).status).toBe(400)
  })
})
