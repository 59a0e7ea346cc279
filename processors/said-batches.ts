import type { PartialPeriod } from '../core/cells.ts'
import type { OutgoingBatch } from '../core/event-log.ts'
import { lineBytes } from '../core/line-bytes.ts'
import { shardOf } from '../core/shard.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import { toLines } from './json-lines.ts'
import type { SaidPoint } from './risk-line.ts'

/** What was said of scores, as the log gets it: a batch a shard. */
export function signalBatches(policy: CompiledPolicy, points: readonly SaidPoint[]): OutgoingBatch[] {
  const byShard = new Map<number, string[]>()
  for (const { point, line } of points) {
    const shard = shardOf(point.enterprise)
    const own = byShard.get(shard)
    if (own === undefined) byShard.set(shard, [line])
    else own.push(line)
  }
  return [...byShard].map(([shard, own]) => ({
    topic: 'signals',
    realm: policy.realm.realm,
    shard,
    count: own.length,
    bytes: lineBytes(own),
    progress: [],
    bulk: false,
  }))
}

/** What shards said of periods: a batch for each stream that it goes to. */
export function aggregateBatches(
  partials: readonly PartialPeriod[],
  streamOf: (periodEnd: number) => string,
): OutgoingBatch[] {
  const streams = [...new Set(partials.map(({ end }) => streamOf(end)))]
  return streams.map((realm) => {
    const own = partials.filter(({ end }) => streamOf(end) === realm)
    return { topic: 'aggregates', realm, shard: 0, count: own.length, bytes: toLines(own), progress: [], bulk: false }
  })
}
