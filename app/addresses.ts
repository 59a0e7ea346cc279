import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HistoryConnection } from '../adapters/clickhouse/history.ts'
import { writeSynced } from '../adapters/files/synced.ts'
import type { RedisAddress } from '../adapters/redis/connection.ts'
import { Refusal } from '../core/errors.ts'
import type { Config } from './config.ts'

/** Where the parts are that a role talks to. */
export interface Addresses {
  readonly logRedis: RedisAddress
  readonly presentRedis: RedisAddress
  readonly history: HistoryConnection
}

const FILE = 'addresses.json'

/** The supervisor writes down where its embedded parts are; roles and commands of the same folder find them there. */
export function writeAddresses(runFolder: string, addresses: Addresses): void {
  writeSynced(join(runFolder, FILE), JSON.stringify(addresses))
}

export function readAddresses(runFolder: string): Addresses | undefined {
  const file = join(runFolder, FILE)
  if (!existsSync(file)) return undefined
  return JSON.parse(readFileSync(file, 'utf8')) as Addresses
}

/** From the environment where servers are named there; `undefined` where the parts are the embedded ones. */
export function addressesFrom(config: Config): Addresses | undefined {
  const { logRedisUrl, presentRedisUrl, clickhouseUrl } = config
  const named = [logRedisUrl, presentRedisUrl, clickhouseUrl].filter((url) => url !== undefined)
  if (named.length === 0) return undefined
  if (logRedisUrl === undefined || presentRedisUrl === undefined || clickhouseUrl === undefined) {
    throw new Refusal({
      zh: '三个地址须全部给出,或全部不给',
      en: 'Name all of LOG_REDIS_URL, PRESENT_REDIS_URL and CLICKHOUSE_URL, or none of them for the embedded parts.',
    })
  }
  return {
    logRedis: redisAddress(logRedisUrl),
    presentRedis: redisAddress(presentRedisUrl),
    history: {
      url: clickhouseUrl,
      username: config.clickhouseUser,
      password: config.clickhousePassword,
      database: config.clickhouseDatabase,
    },
  }
}

/** `redis://user:password@host:port/db`, `rediss://…` with TLS, or `unix:///path?password=…`. */
export function redisAddress(text: string): RedisAddress {
  const url = new URL(text)
  if (url.protocol === 'unix:') {
    const password = url.searchParams.get('password')
    return { path: url.pathname, ...(password === null ? {} : { password }) }
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    throw new Refusal({
      zh: `${url.protocol}//… 不是 Redis 的地址`,
      en: `${url.protocol}//… is no address of a Redis: use redis://, rediss:// or unix://.`,
    })
  }
  const db = url.pathname.slice(1)
  return {
    host: url.hostname,
    port: url.port === '' ? 6379 : Number(url.port),
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    ...(db === '' ? {} : { db: Number(db) }),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
  }
}
