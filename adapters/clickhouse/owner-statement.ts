import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip } from 'node:zlib'

/** One request of ClickHouse's HTTP interface, taken apart. */
export interface Statement {
  readonly queryId: string | undefined
  readonly sql: string
  /** What follows the SQL of an INSERT: bytes in the format that the SQL names. */
  readonly payload: Uint8Array
  readonly database: string | undefined
  readonly format: string
  readonly settings: Readonly<Record<string, string>>
  /** Values of `{name:Type}` placeholders, escaped as the HTTP interface wants them. */
  readonly params: Readonly<Record<string, string>>
}

/** A request that the owner cannot carry out, in ClickHouse's own terms. */
export class StatementError extends Error {
  readonly code: number
  constructor(code: number, type: string, message: string) {
    super(`Code: ${code}. DB::Exception: ${message}. (${type})`)
    this.code = code
  }
}

const MAX_BODY_BYTES = 256 * 1024 * 1024
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
/** Parts of the URL that speak to an HTTP server rather than to the engine. */
const TRANSPORT = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'user',
  'password',
  'compress',
  'decompress',
  'buffer_size',
  'wait_end_of_query',
  'send_progress_in_http_headers',
  'enable_http_compression',
  'http_zlib_compression_level',
  'http_response_buffer_size',
  'http_headers_progress_interval_ms',
  'http_write_exception_in_output_format',
])
/** State between requests is not kept, and saying so is better than answering as if it were. */
const UNSUPPORTED = new Set(['session_id', 'session_timeout', 'session_check', 'role', 'quota_key'])

const unpack = {
  gzip: promisify(gunzip),
  br: promisify(brotliDecompress),
}

export async function readStatement(request: IncomingMessage, url: URL): Promise<Statement> {
  const body = await readBody(request)
  const settings: Record<string, string> = {}
  const params: Record<string, string> = {}
  let sql = url.searchParams.get('query') ?? ''
  let payload: Uint8Array = new Uint8Array(0)

  for (const [name, value] of url.searchParams) {
    if (name.startsWith('param_')) params[checkedName(name.slice('param_'.length))] = value
    else if (UNSUPPORTED.has(name)) throw new StatementError(48, 'NOT_IMPLEMENTED', `The history owner has no ${name}`)
    else if (!TRANSPORT.has(name)) settings[checkedName(name)] = value
  }

  const contentType = request.headers['content-type'] ?? ''
  if (contentType.startsWith('multipart/form-data')) {
    const form = await new Response(body, { headers: { 'content-type': contentType } }).formData()
    for (const [name, value] of form) {
      if (typeof value !== 'string') continue
      if (name === 'query') sql = value
      else if (name.startsWith('param_')) params[checkedName(name.slice('param_'.length))] = value
    }
  } else if (sql === '') sql = text(body)
  else payload = body

  return {
    queryId: url.searchParams.get('query_id') ?? undefined,
    sql,
    payload,
    database: url.searchParams.get('database') ?? header(request, 'x-clickhouse-database'),
    format: url.searchParams.get('default_format') ?? header(request, 'x-clickhouse-format') ?? 'TabSeparated',
    settings,
    params,
  }
}

export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}

export function text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new StatementError(48, 'NOT_IMPLEMENTED', 'The history owner takes text formats only')
  }
}

function checkedName(name: string): string {
  if (!NAME.test(name)) throw new StatementError(115, 'UNKNOWN_SETTING', `Unknown setting ${JSON.stringify(name)}`)
  return name
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = chunk as Buffer
    size += bytes.length
    if (size > MAX_BODY_BYTES)
      throw new StatementError(307, 'TOO_MANY_BYTES', `A body may hold ${MAX_BODY_BYTES} bytes`)
    chunks.push(bytes)
  }
  const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size)
  const encoding = header(request, 'content-encoding')
  if (encoding === undefined || body.length === 0) return body
  if (encoding !== 'gzip' && encoding !== 'br') {
    throw new StatementError(48, 'NOT_IMPLEMENTED', `The history owner cannot unpack ${encoding}`)
  }
  return unpack[encoding](body, { maxOutputLength: MAX_BODY_BYTES })
}
