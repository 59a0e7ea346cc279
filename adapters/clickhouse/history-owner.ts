import { randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { fullHash } from '../../core/hash.ts'
import { type Engine, type Outcome, openEngine } from './owner-engine.ts'
import { header, readStatement, StatementError } from './owner-statement.ts'

export interface HistoryOwnerOptions {
  readonly folder: string
  /** Wished for, so that whoever knew the address before a restart finds it again; 0 or taken: any free one. */
  readonly port: number
  readonly username: string
  readonly password: string
}

export interface HistoryOwner {
  readonly port: number
  /** Takes nothing new, finishes what it took. */
  close(): Promise<void>
}

/** Longer than the client keeps an idle socket, so that no request meets a socket that is just being closed. */
const KEEP_ALIVE_MS = 30_000
const compress = promisify(gzip)

/**
 * Owns a chDB folder and answers the part of ClickHouse's HTTP interface that `@clickhouse/client` speaks, on loopback.
 * Errors: `Refusal` when another process holds the folder.
 */
export async function startHistoryOwner(options: HistoryOwnerOptions): Promise<HistoryOwner> {
  const engine = openEngine(options.folder)
  let stopping = false
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) => {
    if (stopping) response.setHeader('Connection', 'close')
    const answered = stopping ? Promise.reject(isStopping()) : answer(engine, options, request, response)
    answered.catch((error: unknown) => fail(response, error))
  })
  const port = await listen(options.port).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') return listen(0)
    throw error
  })

  function listen(wanted: number): Promise<number> {
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(wanted, '127.0.0.1', () => {
        server.removeListener('error', reject)
        resolve((server.address() as AddressInfo).port)
      })
    })
  }

  return {
    port,
    async close() {
      stopping = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      await engine.close()
      const idle = setInterval(() => server.closeIdleConnections(), 50)
      await closed
      clearInterval(idle)
    },
  }
}

async function answer(
  engine: Engine,
  options: HistoryOwnerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const given = credentials(request, url)
  if (url.pathname === '/ping') {
    // Like ClickHouse it answers without a password; but one that is given must be right, so that a stranger is told apart.
    if (given !== undefined && !allowed(given, options)) throw authenticationFailed()
    response.end('Ok.\n')
    return
  }
  if (given === undefined || !allowed(given, options)) throw authenticationFailed()
  if (url.pathname !== '/') {
    response.writeHead(404).end()
    return
  }
  if (request.method !== 'POST' && request.method !== 'GET') {
    response.writeHead(405).end()
    return
  }
  const abandoned = new AbortController()
  response.once('close', () => abandoned.abort())
  const statement = await readStatement(request, url)
  const queryId = statement.queryId ?? randomUUID()
  response.setHeader('X-ClickHouse-Query-Id', queryId)
  const outcome = await engine.run(statement, abandoned.signal)
  response.setHeader('X-ClickHouse-Format', statement.format)
  response.setHeader('X-ClickHouse-Timezone', 'UTC')
  response.setHeader('X-ClickHouse-Summary', summary(outcome))
  const packed =
    url.searchParams.get('enable_http_compression') === '1' && /\bgzip\b/.test(header(request, 'accept-encoding') ?? '')
  if (packed) response.setHeader('Content-Encoding', 'gzip')
  response.end(packed ? await compress(outcome.bytes, { level: 1 }) : outcome.bytes)
}

function summary(outcome: Outcome): string {
  return JSON.stringify({
    read_rows: String(outcome.readRows),
    read_bytes: String(outcome.readBytes),
    written_rows: String(outcome.writtenRows),
    written_bytes: String(outcome.writtenBytes),
    total_rows_to_read: '0',
    result_rows: String(outcome.writtenRows),
    result_bytes: String(outcome.bytes.length),
    elapsed_ns: String(Math.round(outcome.seconds * 1e9)),
  })
}

interface Credentials {
  readonly username: string
  readonly password: string
}

function credentials(request: IncomingMessage, url: URL): Credentials | undefined {
  const basic = /^Basic (.+)$/.exec(header(request, 'authorization') ?? '')?.[1]
  if (basic !== undefined) {
    const [username = '', ...rest] = Buffer.from(basic, 'base64').toString('utf8').split(':')
    return { username, password: rest.join(':') }
  }
  const username = header(request, 'x-clickhouse-user') ?? url.searchParams.get('user')
  const password = header(request, 'x-clickhouse-key') ?? url.searchParams.get('password')
  return username === null || password === null ? undefined : { username, password }
}

function allowed(given: Credentials, wanted: Credentials): boolean {
  const left = Buffer.from(fullHash(`${given.username}\0${given.password}`))
  return timingSafeEqual(left, Buffer.from(fullHash(`${wanted.username}\0${wanted.password}`)))
}

function authenticationFailed(): StatementError {
  return new StatementError(516, 'AUTHENTICATION_FAILED', 'Authentication failed: password is incorrect')
}

function isStopping(): StatementError {
  return new StatementError(236, 'ABORTED', 'The history is stopping')
}

function fail(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  const code = Number(/^Code: (\d+)/.exec(message)?.[1] ?? 1002)
  const body = /^Code: \d/.test(message) ? message : `Code: ${code}. DB::Exception: ${message}. (UNKNOWN_EXCEPTION)`
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.removeHeader('Content-Encoding')
  response.writeHead(statusOf(code), {
    'X-ClickHouse-Exception-Code': String(code),
    'Content-Type': 'text/plain; charset=UTF-8',
  })
  response.end(`${body}\n`)
}

/** As the server answers them: the caller's mistakes are 4xx. */
function statusOf(code: number): number {
  if (code === 516) return 401
  if (code === 60 || code === 81 || code === 115) return 404
  if (code === 202) return 503
  if (code === 48) return 501
  if (code === 307) return 413
  return [6, 26, 27, 36, 41, 42, 43, 44, 46, 47, 53, 62, 69, 70, 72, 117, 164, 456, 457].includes(code) ? 400 : 500
}
