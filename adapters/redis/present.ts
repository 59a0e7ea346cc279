import type { Redis } from 'ioredis'
import type { Present, PresentArea } from '../../core/present.ts'
import { connectRedis, type RedisAddress, translateRedisError } from './connection.ts'

/** One hash per realm and area; one channel for all bells; one set that remembers which hashes there are. */
const PREFIX = 'fengsui:present:'
const BELL = 'fengsui:present-bell'
const AREAS = 'fengsui:present-areas'
/** Fields per HSET, so that one put never blocks Redis for long. */
const CHUNK = 500
const SERVICE = 'present'

export interface RedisPresentOptions {
  readonly redis: RedisAddress
  /** Told of each connection fault; the client goes on reconnecting by itself. */
  readonly onFault: (error: Error) => void
}

/** Errors: `Retryable` when Redis cannot be reached or is not serving. */
export function createRedisPresent({ redis: address, onFault }: RedisPresentOptions): Present {
  const redis = connectRedis(address, onFault)
  const subscribers = new Set<Redis>()

  async function guarded<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return await call()
    } catch (error) {
      throw translateRedisError(error, SERVICE, redis)
    }
  }

  /** Changes and bell in one transaction: who hears the bell finds the change. */
  async function change(commands: readonly (readonly string[])[], bell: string): Promise<void> {
    await guarded(async () => {
      const transaction = redis.multi()
      for (const [name = '', ...rest] of commands) transaction.call(name, ...rest)
      transaction.publish(BELL, bell)
      for (const [error] of (await transaction.exec()) ?? []) if (error !== null) throw error
    })
  }

  return {
    async put(realm, area, documents) {
      const fields = Object.entries(documents)
      if (fields.length === 0) return
      const bell = bellOf(realm, area)
      const writes = chunks(fields).map((some) => ['HSET', hashOf(bell), ...some.flat()])
      await change([...writes, ['SADD', AREAS, bell]], bell)
    },

    async remove(realm, area, keys) {
      if (keys.length === 0) return
      const bell = bellOf(realm, area)
      await change(
        chunks(keys).map((some) => ['HDEL', hashOf(bell), ...some]),
        bell,
      )
    },

    read(realm, area) {
      return guarded(() => redis.hgetall(hashOf(bellOf(realm, area))))
    },

    readOne(realm, area, key) {
      return guarded(async () => (await redis.hget(hashOf(bellOf(realm, area)), key)) ?? undefined)
    },

    async watch(listener) {
      const subscriber = connectRedis(address, onFault)
      subscribers.add(subscriber)
      let stopped = false
      const stop = async (): Promise<void> => {
        stopped = true
        subscribers.delete(subscriber)
        subscriber.disconnect()
      }
      // A disconnected socket may still hand out what it had received.
      const ring = (bell: string) => {
        if (!stopped) tell(listener, bell)
      }
      subscriber.on('message', (_channel, bell) => ring(bell))
      try {
        await subscriber.subscribe(BELL)
      } catch (error) {
        await stop()
        throw translateRedisError(error, SERVICE, subscriber)
      }
      // Bells that rang while the line was cut are lost in Redis: after each reconnection every area may have changed.
      subscriber.on('ready', () => {
        subscriber
          .subscribe(BELL)
          .then(() => redis.smembers(AREAS))
          .then((bells) => {
            for (const bell of bells) ring(bell)
          })
          .catch(onFault)
      })
      return stop
    },

    async close() {
      for (const subscriber of subscribers) subscriber.disconnect()
      subscribers.clear()
      redis.disconnect()
    },
  }
}

function bellOf(realm: string, area: PresentArea): string {
  return JSON.stringify([realm, area])
}

function hashOf(bell: string): string {
  return `${PREFIX}${bell}`
}

function tell(listener: (realm: string, area: PresentArea) => void, bell: string): void {
  const [realm, area] = JSON.parse(bell) as [string, PresentArea]
  listener(realm, area)
}

function chunks<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, i) => items.slice(i * CHUNK, (i + 1) * CHUNK))
}
