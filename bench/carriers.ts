import { SHARDS } from '../core/shard.ts'
import type { BenchContext } from './bench.ts'
import { type Figure, figureOf } from './figure.ts'
import { runPath } from './path.ts'
import type { Loads } from './prepared.ts'

/** The embedded path with its shards shared out among so many processes of processors. */
export async function measureCarriers(
  count: number,
  context: BenchContext,
  { stream }: Loads,
): Promise<readonly Figure[]> {
  const prepared = await stream()
  const figure = `processes.${count}`
  context.announce(figure)
  const each = Math.ceil(SHARDS / count)
  const carriers = Array.from({ length: count }, (_, at) => {
    return `${at * each}-${Math.min(SHARDS, (at + 1) * each) - 1}`
  })
  const { perSecond, cpu } = await runPath(context, prepared, {}, carriers)
  const remark = `${prepared.observations} observations of ${prepared.enterprises} enterprises; processor seconds: ${cpu}`
  return [figureOf({ figure, value: perSecond, unit: 'observations/s', remark })]
}
