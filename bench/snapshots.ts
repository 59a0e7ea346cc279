import { HOUR_MS } from '../core/time.ts'
import { type BenchContext, SET } from './bench.ts'
import { type Figure, figureOf } from './figure.ts'
import type { Loads } from './prepared.ts'
import type { SnapshotResult, SnapshotTask } from './snapshot-worker.ts'
import { startWorker } from './workers.ts'

/** What an hour of a city at work costs in snapshots, with one of each shard that has read something at each hour. */
export async function measureSnapshots(context: BenchContext, { stream }: Loads): Promise<readonly Figure[]> {
  const { batches, stock, enterprises } = await stream()
  const figures: Figure[] = []
  for (const whole of [true, false]) {
    const figure = whole ? 'snapshots.whole' : 'snapshots.changes'
    context.announce(figure)
    const { policies, lifecycle } = context
    const task: SnapshotTask = { policies, set: SET, stock: stock?.batches, batches, whole, everyMs: HOUR_MS }
    const worker = await startWorker<SnapshotTask, SnapshotResult>('snapshot-worker', task, lifecycle)
    const { result } = await worker.go()
    if (result === undefined) throw new Error('the folds said nothing')
    figures.push(figureOfSnapshots(figure, enterprises, result))
  }
  return figures
}

function figureOfSnapshots(figure: string, enterprises: number, result: SnapshotResult): Figure {
  const { hours, snapshots, bytes, packedBytes, stillMs, mostMs } = result
  const mega = (count: number) => (count / hours / 1e6).toPrecision(3)
  return figureOf({
    figure,
    value: bytes / hours / 1e6,
    unit: 'MB an hour',
    remark: `${snapshots} snapshots of shards in ${Math.round(hours)} hours of ${enterprises} enterprises; ${mega(packedBytes)} MB packed; the folds stand still for ${Math.round(stillMs / hours)} ms an hour, ${mostMs.toFixed(1)} ms at most`,
  })
}
