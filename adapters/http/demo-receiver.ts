import { type FastifyInstance, fastify } from 'fastify'
import type { Clock } from '../../core/time.ts'
import type { Notice } from '../../core/warning.ts'
import { SIGNATURE_HEADER, TIMESTAMP_HEADER, verifySignature } from '../channels/verify-signature.ts'

/** What the built-in receiver got: shown on the board of a demonstration. */
export interface Reception {
  /** Wall clock, UTC ms. */
  readonly at: number
  readonly notice: Notice
  readonly verified: boolean
}

export interface DemoReceiverOptions {
  readonly secret: string
  readonly clock: Clock
  /** How many receptions `last` holds. */
  readonly keep: number
  /** Told of each new notice, before the sender is answered: where it fails, the sender tries again. */
  readonly received: (reception: Reception) => Promise<void>
}

export interface DemoReceiver {
  /** Listens on 127.0.0.1, on any free port for 0. Returns the URL to deliver to. */
  start(port: number): Promise<string>
  stop(): Promise<void>
  /** The newest first. */
  last(): readonly Reception[]
}

/** Beyond this many ids the oldest is forgotten; a repeat of it would be shown once more. */
const REMEMBERED_IDS = 20_000
const BODY_LIMIT = 1_000_000

/** A receiver as an authority would run it: checks the signature, and takes each notice once. */
export function createDemoReceiver({ secret, clock, keep, received }: DemoReceiverOptions): DemoReceiver {
  const had = new Set<string>()
  let last: readonly Reception[] = []
  const server = fastify({ bodyLimit: BODY_LIMIT })
  // The signature is over the bytes as they came.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  function remember(id: string): void {
    had.add(id)
    if (had.size <= REMEMBERED_IDS) return
    for (const oldest of had) {
      had.delete(oldest)
      return
    }
  }

  server.post('/notices', async (request, reply) => {
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array()
    const headers = {
      timestamp: one(request.headers[TIMESTAMP_HEADER]),
      signature: one(request.headers[SIGNATURE_HEADER]),
    }
    const now = clock.now()
    const verdict = verifySignature(secret, headers, body, now)
    const notice = readNotice(body)
    if (notice === undefined) return reply.code(400).send({ error: 'not-a-notice' })
    // An unsigned message must not push a real notice out: it is shown, and its id is not taken.
    if (had.has(notice.id))
      return reply.code(verdict === 'ok' ? 409 : 401).send({ error: verdict === 'ok' ? 'had' : verdict })
    const reception = { at: now, notice, verified: verdict === 'ok' }
    await received(reception)
    last = [reception, ...last].slice(0, keep)
    if (verdict !== 'ok') return reply.code(401).send({ error: verdict })
    remember(notice.id)
    return reply.code(202).send({ accepted: notice.id })
  })

  return {
    start: async (port) => `${await listen(server, port)}/notices`,
    stop: () => server.close(),
    last: () => last,
  }
}

function listen(server: FastifyInstance, port: number): Promise<string> {
  return server.listen({ host: '127.0.0.1', port })
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}

/** Undefined where the body is no JSON with what a notice is shown by. */
function readNotice(body: Uint8Array): Notice | undefined {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(body))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  return isNotice(value) ? value : undefined
}

function isNotice(value: unknown): value is Notice {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('warning' in value)) return false
  const { id, warning } = value
  if (typeof id !== 'string' || typeof warning !== 'object' || warning === null || !('reason' in warning)) return false
  const { reason } = warning
  return typeof reason === 'object' && reason !== null && 'zh' in reason && typeof reason.zh === 'string'
}
