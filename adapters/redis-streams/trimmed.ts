import type { Redis } from 'ioredis'
import { Refusal } from '../../core/errors.ts'
import type { Position, ReaderOptions } from '../../core/event-log.ts'
import { trimmedKey } from './entry.ts'

type Stream = Pick<ReaderOptions, 'topic' | 'realm'>

/** How far shards were allowed to be trimmed; absent where they never were. */
export async function trimmedOf(
  redis: Redis,
  { topic, realm }: Stream,
  shards: readonly number[],
): Promise<ReadonlyMap<number, Position>> {
  if (shards.length === 0) return new Map()
  const marks = await redis.hmget(trimmedKey(realm, topic), ...shards.map(String))
  return new Map(
    shards.flatMap((shard, index) => {
      const mark = marks[index]
      return mark ? [[shard, mark] as const] : []
    }),
  )
}

/** Errors: `Refusal` where what follows `after` may no longer be there. */
export function refuseTrimmed(
  { topic, realm }: Stream,
  shard: number,
  after: Position,
  trimmed: Position | undefined,
): void {
  if (trimmed === undefined || after >= trimmed) return
  throw new Refusal({
    zh: `${realm} 的 ${topic} 分片 ${shard} 已截断到 ${trimmed},在 ${after || '开头'} 之后,请从归档重建`,
    en: `${topic} shard ${shard} of ${realm} was trimmed to ${trimmed}, after ${after || 'nothing'}: rebuild from the archive`,
  })
}
