import { SHARDS } from '../core/shard.ts'
import type { BenchContext } from './bench.ts'
import { type Figure, figureOf } from './figure.ts'
import { runPath } from './path.ts'
import type { Loads } from './prepared.ts'

const MOST = 4

/** The embedded path with its shards shared out among one to four processes of processors. */
export async function measureCarriers(context: BenchContext, { stream }: Loads): Promise<readonly Figure[]> {
  const prepared = await stream()
  const figures: Figure[] = []
  for (let count = 1; count <= MOST; count++) {
    context.announce(`processes.${count}`)
    const each = Math.ceil(SHARDS / count)
    const carriers = Array.from({ length: count }, (_, at) =>
      [at * each, Math.min(SHARDS, (at + 1) * each) - 1].join('-'),
    )
    const { perSecond, cpu } = await runPath(context, prepared, {}, carriers)
    const remark = `${prepared.observations} observations of ${prepared.enterprises} enterprises; processor seconds: ${cpu}`
    figures.push(figureOf({ figure: `processes.${count}`, value: perSecond, unit: 'observations/s', remark }))
  }
  return figures
}
