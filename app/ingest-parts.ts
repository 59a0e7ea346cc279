import { createFollowingRecordIndex, createRedisRecordIndex } from '../adapters/redis-streams/record-index.ts'
import { type CompiledFeed, compileFeed } from '../ingest/mapping/compile-feed.ts'
import type { RecordIndex } from '../ingest/record-index.ts'
import type { Addresses } from './addresses.ts'
import type { Config } from './config.ts'
import type { PolicySet } from './policies.ts'
import type { Ports } from './ports.ts'

export function compileFeeds(set: PolicySet, personalKey: Uint8Array): ReadonlyMap<string, CompiledFeed> {
  const secrets = { personalKey, legacyCodes: set.legacyCodes }
  return new Map([...set.feeds].map(([feed, policy]) => [feed, compileFeed(policy, set.realm, secrets)]))
}

/** In one transaction with the log where both are one Redis, else right behind it. */
export function openRecordIndex(
  config: Config,
  addresses: Addresses,
  ports: Ports,
  onConnectionError: (error: Error) => void,
): RecordIndex {
  const redis = addresses.logRedis
  return config.log === 'redis'
    ? createRedisRecordIndex({ redis, log: ports.redisLog, onConnectionError })
    : createFollowingRecordIndex({ redis, log: ports.log, onConnectionError })
}
