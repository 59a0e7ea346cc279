import { Redis, type RedisOptions } from 'ioredis'
import { Refusal, Retryable } from '../../core/errors.ts'

/** Where a Redis is: a Unix socket (`path`), or a host and a port. */
export interface RedisAddress {
  readonly path?: string
  readonly host?: string
  readonly port?: number
  readonly username?: string
  readonly password?: string
  readonly db?: number
  readonly tls?: RedisOptions['tls']
}

/**
 * A connection that says so at once when it is lost: the command in flight fails (whether it was carried out is then
 * unknown), later ones wait for one attempt to reconnect. ioredis would otherwise send a write a second time on its own
 * (`autoResendUnfulfilledCommands`), or, with that switched off, leave its promise open for ever.
 * `onError` hears of lost connections between commands.
 */
export function connectRedis(address: RedisAddress, onError: (error: Error) => void = ignore): Redis {
  const redis = new Redis({
    ...address,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(20 * 2 ** Math.min(attempt, 6), 1_000),
    // Redis that reads a long append-only file at start is unreachable for minutes, not for the default 10 s.
    maxLoadingRetryTime: 300_000,
  })
  redis.on('error', onError)
  return redis
}

/** Without a listener ioredis prints; every command that suffers from the lost connection reports it anyway. */
function ignore(): void {}

const UNREACHABLE_REPLIES = new Set(['MASTERDOWN', 'CLUSTERDOWN', 'READONLY', 'NOREPLICAS', 'TRYAGAIN', 'BUSY'])
const REFUSED_REPLIES = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM'])

/**
 * What a failed Redis call means. `service` prefixes the code of a Retryable: `log-full`, `log-unreachable`, `log-loading`.
 * Errors that this does not know are returned as they are.
 */
export function translateRedisError(error: unknown, service: string, redis: Redis): unknown {
  if (!(error instanceof Error)) return error
  const said = replyErrors(error)
  if (said.length === 0) return isConnectionError(error, redis) ? unreachable(service, error) : error
  for (const [code, cause] of said) {
    if (code === 'OOM') return new Retryable(`${service}-full`, 'Redis is at its memory bound (maxmemory)', { cause })
    if (code === 'LOADING') return new Retryable(`${service}-loading`, 'Redis is still reading its data', { cause })
    if (code === 'MISCONF') return new Retryable(`${service}-unwritable`, 'Redis cannot write to its disk', { cause })
    if (UNREACHABLE_REPLIES.has(code)) return unreachable(service, error)
    if (REFUSED_REPLIES.has(code)) {
      return new Refusal(
        {
          zh: `Redis 拒绝了该账号(${code}),请核对用户名与密码`,
          en: `Redis refuses these credentials (${code}): check the user and the password`,
        },
        { cause },
      )
    }
  }
  return error
}

/** The code of a Redis error reply is its first word; a refused transaction carries the reasons beside it. */
function replyErrors(error: Error): [code: string, error: Error][] {
  if (error.name !== 'ReplyError') return []
  const previous = 'previousErrors' in error && Array.isArray(error.previousErrors) ? error.previousErrors : []
  const all = [...previous.filter((each): each is Error => each instanceof Error), error]
  return all.map((each) => [each.message.split(' ', 1)[0] ?? '', each])
}

function isConnectionError(error: Error, redis: Redis): boolean {
  return (
    error.name === 'AbortError' ||
    error.name === 'MaxRetriesPerRequestError' ||
    redis.status === 'end' ||
    'syscall' in error
  )
}

function unreachable(service: string, cause: Error): Retryable {
  return new Retryable(`${service}-unreachable`, 'Redis cannot be reached', { cause })
}
