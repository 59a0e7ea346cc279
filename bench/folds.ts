import { type BenchContext, SET } from './bench.ts'
import { type Figure, figureOf } from './figure.ts'
import type { FoldResult, FoldTask } from './fold-worker.ts'
import type { Prepared } from './prepared.ts'
import { startWorker } from './workers.ts'

/** Both stages of folding alone, a second of processor time as the measure. */
export async function measureFolds(
  figure: string,
  context: BenchContext,
  { stock, batches }: Prepared,
): Promise<Figure> {
  context.announce(figure)
  const task: FoldTask = { policies: context.policies, set: SET, stock: stock?.batches, batches }
  const worker = await startWorker<FoldTask, FoldResult>('fold-worker', task, context.lifecycle)
  const { result, cpuSeconds } = await worker.go()
  if (result === undefined) throw new Error('the folds said nothing')
  const { observations, points } = result
  return figureOf({
    figure,
    value: observations / cpuSeconds,
    unit: 'observations/s/core',
    remark: `${observations} observations, ${points} change points, ${cpuSeconds.toFixed(1)} processor seconds with garbage collection`,
  })
}
