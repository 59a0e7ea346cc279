import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { Retryable } from '../../core/errors.ts'
import type { Clock } from '../../core/time.ts'
import { readViid } from '../../ingest/decode/gat1400.ts'
import { parseJson } from '../../ingest/decode/json-row.ts'
import type { ViidDropped } from '../../ingest/decode/viid-objects.ts'
import { RefusedRequest } from '../http/ingest-errors.ts'
import { createBodyReader } from '../http/read-body.ts'
import type { DeviceFeeds } from '../registration/device-feed.ts'
import { createDigest } from '../registration/digest.ts'
import { createRegistrar, type Registration, type StateChange } from '../registration/registrar.ts'
import { createStateOutbox } from '../registration/state-outbox.ts'
import { httpStatusOf, RefusedViid, type ViidAnswer, viidStatus, viidTime } from './viid-answer.ts'

export interface ViidServerOptions {
  readonly feeds: DeviceFeeds
  readonly deviceOf: (device: string) => { readonly realm: string; readonly password: string } | undefined
  /** The platform's own 20 digits. */
  readonly id: string
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  readonly clock: Clock
  readonly random: () => string
  readonly nonceKey: Uint8Array
  readonly keepaliveMs: number
  readonly known: readonly Registration[]
  /** Hears what was dropped at the edge of what a realm's peers sent, once the rest of it is durable. */
  readonly onDropped: (realm: string, dropped: ViidDropped) => void
  readonly onInternalError: (error: unknown) => void
}

export interface ViidServer {
  readonly url: string
  /** Lets time pass: to be called about once a second. Errors: what kept states of devices from becoming durable. */
  elapse(): Promise<void>
  /** Changes of state that the log was away too long for. */
  readonly droppedStates: number
  registrations(): readonly Registration[]
  close(): Promise<void>
}

/** A notification carries pictures in base64, which are read and thrown away. */
const BODY_BYTES = 8 * 1024 * 1024
const TIMEOUT_MS = 60_000
const MOST_CONNECTIONS = 1_000
/** After a day a peer proves itself anew; the standard leaves it open. */
const REGISTERED_MS = 86_400_000
const RETRY_AFTER_S = '2'
/** What peers push their objects to. Faces and persons have a path too, so that they are counted and their sender is content. */
const OBJECT_PATHS = [
  ...['SubscribeNotifications', 'APEs', 'APSs', 'Tollgates', 'Lanes', 'MotorVehicles', 'NonMotorVehicles', 'Things'],
  ...['Scenes', 'Faces', 'Persons', 'Images'],
] as const
const CONTENT = /^application\/(?:viid\+)?json\s*(?:;|$)/i

/**
 * The door of GA/T 1400 (VIID) for lower platforms and devices. They register with digest; after that their number in
 * User-Identify and the address that they registered from stand for them, as the standard has it.
 */
export async function startViidServer(options: ViidServerOptions): Promise<ViidServer> {
  const { feeds, clock, id } = options
  const digest = createDigest({ realm: id.slice(0, 10), key: options.nonceKey, random: options.random })
  const known = options.known.filter(({ realm }) => feeds.has(realm))
  const registrar = createRegistrar({ keepaliveMs: options.keepaliveMs, known })
  const states = createStateOutbox((realm, changes) =>
    feeds.submit(
      realm,
      `viid:${id}`,
      changes.flatMap((change) => readViid(stateBody(change), []).rows),
    ),
  )
  const bodies = createBodyReader({ bodyBytes: BODY_BYTES, drainBytes: 4 * BODY_BYTES, heldBytes: 16 * BODY_BYTES })

  const app = Fastify({
    bodyLimit: BODY_BYTES,
    connectionTimeout: TIMEOUT_MS,
    requestTimeout: TIMEOUT_MS,
    keepAliveTimeout: TIMEOUT_MS,
    forceCloseConnections: 'idle',
  })
  app.server.maxConnections = MOST_CONNECTIONS
  app.removeAllContentTypeParsers()
  // Bodies are read by the handler, after it was seen who sends them.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.setNotFoundHandler((request, reply) => answer(reply, request, 'unknown-path', false))
  app.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error)
    if (refusal === 'internal') options.onInternalError(error)
    return answer(reply, request, refusal, false)
  })

  function answer(reply: FastifyReply, request: FastifyRequest, said: ViidAnswer, asList: boolean): FastifyReply {
    const now = clock.now()
    if (said === 'unauthorized') reply.header('www-authenticate', digest.challenge(now, false))
    if (said === 'busy') reply.header('retry-after', RETRY_AFTER_S)
    const body = viidStatus(said, pathOf(request), identityOf(request), now, asList)
    return reply.code(httpStatusOf(said)).type('application/VIID+JSON').send(JSON.stringify(body))
  }

  function proved(request: FastifyRequest): { readonly device: string; readonly realm: string } {
    const passwordOf = (user: string) => options.deviceOf(user)?.password
    const { authorization } = request.headers
    const verdict = digest.verify(authorization, { method: request.method, now: clock.now(), passwordOf })
    if (verdict.fault === 'busy') throw new RefusedViid('busy')
    if (verdict.fault === 'wrong') throw new RefusedViid('forbidden')
    if (verdict.fault !== undefined) throw new RefusedViid('unauthorized')
    const realm = options.deviceOf(verdict.user)?.realm
    if (realm === undefined || !feeds.has(realm)) throw new RefusedViid('forbidden')
    return { device: verdict.user, realm }
  }

  function registered(request: FastifyRequest): Registration {
    const found = registrar.find(identityOf(request), request.ip, clock.now())
    // Who was taken off the list is out at once, not when the registration ends.
    if (found === undefined || options.deviceOf(found.device)?.realm !== found.realm)
      throw new RefusedViid('unauthorized')
    return found
  }

  async function bodyOf<Result>(request: FastifyRequest, read: (bytes: Buffer) => Promise<Result>): Promise<Result> {
    if (!CONTENT.test(request.headers['content-type'] ?? '')) throw new RefusedViid('unsupported-content')
    const held = await bodies.read(request.raw)
    try {
      return await read(held.bytes)
    } finally {
      held.release()
    }
  }

  async function durable(changes: readonly StateChange[] | undefined): Promise<void> {
    if (changes === undefined) throw new RefusedViid('busy')
    if (changes.length === 0) return
    states.add(changes)
    await states.flush()
  }

  app.post('/VIID/System/Register', async (request, reply) => {
    const { device, realm } = proved(request)
    const said = await bodyOf(request, async (bytes) => deviceIn(bytes, 'RegisterObject'))
    if (said !== device) throw new RefusedViid('forbidden')
    const now = clock.now()
    await durable(registrar.register({ device, realm, address: request.ip }, now + REGISTERED_MS, now))
    return answer(reply, request, 'ok', false)
  })

  app.post('/VIID/System/UnRegister', async (request, reply) => {
    const { device } = proved(request)
    const said = await bodyOf(request, async (bytes) => deviceIn(bytes, 'UnRegisterObject'))
    if (said !== device) throw new RefusedViid('forbidden')
    await durable(registrar.unregister(device, clock.now()))
    return answer(reply, request, 'ok', false)
  })

  app.post('/VIID/System/Keepalive', async (request, reply) => {
    const { device } = registered(request)
    const said = await bodyOf(request, async (bytes) => deviceIn(bytes, 'KeepaliveObject'))
    if (said !== device) throw new RefusedViid('forbidden')
    await durable(registrar.keepalive(device, { healthy: true, faulty: [] }, clock.now()))
    return answer(reply, request, 'ok', false)
  })

  app.get('/VIID/System/Time', async (request, reply) => {
    registered(request)
    const LocalTime = viidTime(clock.now())
    const body = { SystemTimeObject: { VIIDServerID: id, TimeMode: '1', LocalTime, TimeZone: 'Asia/Shanghai' } }
    return reply.type('application/VIID+JSON').send(JSON.stringify(body))
  })

  for (const path of OBJECT_PATHS) {
    app.post(`/VIID/${path}`, async (request, reply) => {
      const { device, realm } = registered(request)
      const said = await bodyOf(request, async (bytes): Promise<ViidAnswer> => {
        const { rows, dropped } = readViid(bytes, feeds.policyOf(realm).required, viidTime(clock.now()))
        await feeds.submit(realm, `viid:${device}`, rows)
        options.onDropped(realm, dropped)
        const isUnread = rows.length === 1 && rows[0]?.error === 'unreadable-line'
        return isUnread ? 'not-json' : 'ok'
      })
      return answer(reply, request, said, true)
    })
  }

  await app.listen({ port: options.port, host: options.host })
  const { address, port, family } = app.server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    async elapse() {
      states.add(registrar.elapse(clock.now()))
      await states.flush()
    },
    get droppedStates() {
      return states.dropped
    },
    registrations: registrar.all,
    close: () => app.close(),
  }
}

function refusalOf(error: unknown): ViidAnswer {
  if (error instanceof RefusedViid) return error.answer
  if (error instanceof Retryable) return 'busy'
  if (error instanceof RefusedRequest) return error.refusal === 'too-large' ? 'too-large' : 'busy'
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500
  return status >= 400 && status < 500 ? 'bad-request' : 'internal'
}

function identityOf(request: FastifyRequest): string {
  const given = request.headers['user-identify']
  return typeof given === 'string' && /^\d{20}$/.test(given) ? given : ''
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}

/** DeviceID of the one object that a body is about. Errors: `RefusedViid` where there is none. */
function deviceIn(bytes: Buffer, name: string): string {
  const parsed = parseJson(bytes.toString())
  if (parsed === undefined) throw new RefusedViid('not-json')
  const object = (parsed.value as Readonly<Record<string, { readonly DeviceID?: unknown } | undefined>> | null)?.[name]
  if (typeof object?.DeviceID !== 'string') throw new RefusedViid('bad-request')
  return object.DeviceID
}

/** What the platform itself concludes of a peer, in the words of the standard, so that it is read like the rest. */
function stateBody({ device, online, reason, at }: StateChange): Buffer {
  const status = { ApeID: device, IsOnline: online ? '1' : '2', CurrentTime: viidTime(at), Desc: reason }
  const notification = { TriggerTime: viidTime(at), DeviceStatusList: { APEStatusObject: [status] } }
  return Buffer.from(
    JSON.stringify({ SubscribeNotificationListObject: { SubscribeNotificationObject: [notification] } }),
  )
}
