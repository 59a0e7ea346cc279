import { type BenchContext, SET } from './bench.ts'
import { type Figure, figureOf } from './figure.ts'
import type { GrowthResult } from './grown.ts'
import type { MadeCityTask } from './made-city-worker.ts'
import { startWorker } from './workers.ts'

const CITIES = [10_000, 100_000, 1_000_000, 3_000_000]
const TEN_INDICATORS = 10
const INDICATORS = [10, 20, 50, 100, 200]
const CITY = 100_000
const ROWS_A_SECOND = 20_000
/** Three million enterprises do not find room in what Node.js takes by itself. */
const HEAP = '--max-old-space-size=12000'

/** One figure of a curve, taken by itself. */
export interface CurvePoint {
  readonly figures: readonly string[]
  take(context: BenchContext): Promise<readonly Figure[]>
}

/** Ten indicators in cities of different sizes: the same rows, only whom they concern is drawn from more. */
export const SIZES: readonly CurvePoint[] = CITIES.map((enterprises) =>
  pointOf(`size.${enterprises}`, enterprises, TEN_INDICATORS),
)

/** More and more indicators in a city of a hundred thousand. */
export const MORE_INDICATORS: readonly CurvePoint[] = INDICATORS.map((indicators) =>
  pointOf(`indicators.${indicators}`, CITY, indicators),
)

function pointOf(name: string, enterprises: number, indicators: number): CurvePoint {
  return {
    figures: [`${name}.folds`, `${name}.state`],
    take: async (context) => figuresOf(name, await measure(context, name, enterprises, indicators)),
  }
}

async function measure(
  context: BenchContext,
  name: string,
  enterprises: number,
  indicators: number,
): Promise<GrowthResult> {
  context.announce(name)
  const { policies, seconds, lifecycle } = context
  const rows = Math.max(20_000, Math.round(seconds * ROWS_A_SECOND))
  const task: MadeCityTask = { policies, set: SET, enterprises, indicators, rows }
  const worker = await startWorker<MadeCityTask, GrowthResult>('made-city-worker', task, lifecycle, [HEAP])
  const { result } = await worker.go()
  if (result === undefined) throw new Error('the folds said nothing')
  return result
}

function figuresOf(name: string, result: GrowthResult): Figure[] {
  const { enterprises, observations, points, cpuSeconds, stateBytes, snapshotBytes, resumeSeconds } = result
  return [
    figureOf({
      figure: `${name}.folds`,
      value: observations / cpuSeconds,
      unit: 'observations/s/core',
      remark: `${observations} observations, ${points} change points, ${cpuSeconds.toFixed(1)} processor seconds`,
    }),
    figureOf({
      figure: `${name}.state`,
      value: stateBytes / 1024 ** 2,
      unit: 'MiB',
      remark: `${enterprises} enterprises that have a score, ${Math.round(stateBytes / enterprises)} bytes each; snapshots ${Math.round(snapshotBytes / 1024 ** 2)} MiB, ${resumeSeconds.toPrecision(3)} s to go on from them`,
    }),
  ]
}
