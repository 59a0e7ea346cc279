import { Readable } from 'node:stream'
import { ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { Rejected, Retryable } from '../../core/errors.ts'
import type { History } from '../../core/history.ts'
import { parseExact } from './exact-json.ts'

export interface HistoryConnection {
  readonly url: string
  readonly username: string
  readonly password: string
  readonly database: string
}

export interface HistoryBounds {
  /** Most time for one call, with the wait for its turn. */
  readonly callMs: number
  /** Most time for one read, said to the store. */
  readonly readSeconds: number
}

export const DEFAULT_BOUNDS: HistoryBounds = { callMs: 120_000, readSeconds: 60 }

/** Server error codes after which the same call may succeed: too busy, too slow, short of memory, parts, network or peers. */
const RETRYABLE = new Set([159, 198, 202, 203, 209, 210, 236, 241, 242, 243, 252, 279, 319, 394, 425, 439, 473, 999])
/** Server error codes that speak of the rows that were sent: they cannot be read, or do not fit their columns. */
const ROWS_REFUSED = new Set([
  3, 6, 25, 26, 27, 32, 33, 38, 41, 53, 69, 70, 72, 117, 128, 130, 131, 321, 349, 407, 467, 469, 691,
])
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/** The history over ClickHouse's HTTP interface: a server, a cluster, or the owner process of one machine. */
export function createHistory(connection: HistoryConnection, bounds: HistoryBounds = DEFAULT_BOUNDS): History {
  const client = createClient({
    ...connection,
    application: 'fengsui',
    // Our own signal ends a call, so that it is known by its signal and not by the words of an error.
    request_timeout: bounds.callMs * 2,
    max_open_connections: 8,
    keep_alive: { enabled: true, idle_socket_ttl: 2_000, eagerly_destroy_stale_sockets: true },
    use_multipart_params_auto: true,
    json: { parse: parseExact },
    log: { level: ClickHouseLogLevel.OFF },
  })

  async function call<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const signal = AbortSignal.timeout(bounds.callMs)
    try {
      return await work(signal)
    } catch (error) {
      if (signal.aborted) {
        throw new Retryable('timeout', `The history did not answer within ${bounds.callMs} ms`, { cause: error })
      }
      throw translate(error)
    }
  }

  return {
    async insert(table, rows, token, form) {
      if (rows.length === 0) return
      const target =
        form === undefined
          ? `${table} FORMAT JSONEachRow`
          : `${table} (${form.columns.join(', ')}) FORMAT ${form.format}`
      const inserted = call(async (signal) => {
        const done = await client.exec({
          query: `INSERT INTO ${target}`,
          values: Readable.from([Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength)], {
            objectMode: false,
          }),
          abort_signal: signal,
          clickhouse_settings: {
            insert_deduplication_token: token,
            insert_deduplicate: 1,
            async_insert: 0,
            input_format_skip_unknown_fields: 1,
            input_format_json_read_arrays_as_strings: 1,
            input_format_json_read_objects_as_strings: 1,
            // Several tables are written side by side: one thread an insert costs a fifth less in all.
            input_format_parallel_parsing: 0,
            wait_end_of_query: 1,
          },
        })
        // The socket is free again only when the answer has been read to its end.
        for await (const _chunk of done.stream);
      })
      await inserted.catch((error: unknown) => {
        throw refusal(error)
      })
    },
    query<Row>(sql: string, params: Readonly<Record<string, unknown>>) {
      return call(async (signal) => {
        const result = await client.query({
          query: sql,
          query_params: params,
          format: 'JSONEachRow',
          abort_signal: signal,
          clickhouse_settings: {
            max_execution_time: bounds.readSeconds,
            output_format_json_quote_64bit_integers: 0,
            output_format_json_quote_decimals: 1,
            wait_end_of_query: 1,
          },
        })
        return result.json<Row>()
      })
    },
    async command(sql) {
      await call((signal) =>
        client.command({ query: sql, abort_signal: signal, clickhouse_settings: { wait_end_of_query: 1 } }),
      )
    },
    close() {
      return client.close()
    },
  }
}

/** What a store says of rows concerns their sender; in a read the same codes would be our own mistake. */
function refusal(error: unknown): unknown {
  if (!(error instanceof ClickHouseError) || !ROWS_REFUSED.has(Number(error.code))) return error
  return new Rejected(
    error.code,
    { zh: `历史库拒绝写入:${error.message}`, en: `The history refused the rows: ${error.message}` },
    { cause: error },
  )
}

function translate(error: unknown): unknown {
  if (error instanceof ClickHouseError) {
    if (!RETRYABLE.has(Number(error.code))) return error
    return new Retryable(error.code, `The history is busy or unwell: ${error.message}`, { cause: error })
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (UNREACHABLE.has(code)) return new Retryable(code, 'The history cannot be reached', { cause: error })
  return error
}
