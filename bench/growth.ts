import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchContext, SET } from './bench.ts'
import { type Figure, figureOf } from './figure.ts'
import type { FoldTask } from './fold-worker.ts'
import type { GrowthResult } from './grown.ts'
import { prepareStream } from './prepared.ts'
import { startWorker } from './workers.ts'

const MILLION = 1_000_000
const CITIES = [10_000, 100_000, MILLION]
/** Of one process, for so many enterprises; in it everything else of a city has to find room, too. */
const MILLION_BAR_BYTES = 1.5 * 1024 ** 3

/** What cities of different sizes cost the folds: about as many rows of each, so that only the size differs. */
export async function measureGrowth(context: BenchContext): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  const folder = join(context.folder, 'growth')
  mkdirSync(folder)
  for (const enterprises of CITIES) {
    const load = await prepareStream({ ...context, folder }, enterprises)
    context.announce(`growth.${enterprises}`)
    const task: FoldTask = { policies: context.policies, set: SET, stock: load.stock?.batches, batches: load.batches }
    const worker = await startWorker<FoldTask, GrowthResult>('growth-worker', task, context.lifecycle)
    const { result } = await worker.go()
    if (result === undefined) throw new Error('the folds said nothing')
    figures.push(...figuresOf(enterprises, result))
  }
  return figures
}

function figuresOf(city: number, result: GrowthResult): Figure[] {
  const { enterprises, observations, points, cpuSeconds, stateBytes, snapshotBytes, resumeSeconds } = result
  const mebibytes = stateBytes / 1024 ** 2
  // Of a simulated city of a million a good third has a score after the hours that are folded here.
  const ofMillion = (stateBytes / enterprises) * MILLION
  const bar = { text: '1.5 GiB for a million of as many bytes each', meets: ofMillion <= MILLION_BAR_BYTES }
  return [
    figureOf({
      figure: `growth.${city}.folds`,
      value: observations / cpuSeconds,
      unit: 'observations/s/core',
      remark: `${observations} observations, ${points} change points, ${cpuSeconds.toFixed(1)} processor seconds`,
    }),
    figureOf({
      figure: `growth.${city}.state`,
      value: mebibytes,
      unit: 'MiB',
      ...(city === MILLION ? { bar } : {}),
      remark: `heap and buffers of both stages with ${enterprises} enterprises that have a score, ${Math.round(stateBytes / enterprises)} bytes an enterprise; snapshots ${Math.round(snapshotBytes / 1024 ** 2)} MiB`,
    }),
    figureOf({
      figure: `growth.${city}.resume`,
      value: resumeSeconds,
      unit: 's',
      remark: 'all 64 shards from their snapshots, in one process, what the store takes to give them not counted',
    }),
  ]
}
