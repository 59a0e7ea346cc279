import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { EventLog } from '../core/event-log.ts'
import { type BenchContext, SET } from './bench.ts'
import { type Figure, figureOf } from './figure.ts'
import { freshParts } from './parts.ts'
import { writeRowsFile } from './rows-file.ts'
import type { RowsFloorTask } from './rows-floor-worker.ts'
import type { RowsTaken, RowsTask } from './rows-worker.ts'
import { startWorker } from './workers.ts'

const ROWS_A_SECOND = 20_000
const REALM = 'demo'
const FEED = 'penalties'
const TRIM_MS = 250
/** A quarter of what the roles of one machine are given together, MiB. */
const MEMORY_BAR = 512

/**
 * One large file through the drop folder, into the log and the index; what the log holds is dropped behind it, as when
 * the processors keep up. Five million rows are `--seconds 250`.
 */
export async function measureRows(context: BenchContext): Promise<readonly Figure[]> {
  const rows = Math.max(10_000, Math.round(context.seconds * ROWS_A_SECOND))
  const drop = join(context.folder, 'drop')
  const path = join(drop, 'penalties.csv')
  mkdirSync(drop)
  context.announce(`file.rows: writing ${rows} rows`)
  const bytes = writeRowsFile(path, rows)
  context.announce('file.rows: the floor')
  const floor = await runFloor(context, { path })
  context.announce('file.rows: the file')
  const taken = await runRows(context, drop)
  rmSync(drop, { recursive: true })
  const { counts, before, peak, seconds, cpuSeconds } = taken
  const unit = 'rows/s'
  const remark = `${counts.lines} rows of ${bytes} bytes, ${counts.observations} of them new; ${cpuSeconds.toFixed(1)} processor seconds of the intake in ${seconds.toFixed(1)} s`
  return [
    figureOf({
      figure: 'file.rows',
      value: counts.lines / seconds,
      unit,
      floor: { value: rows / floor, unit },
      remark,
    }),
    figureOf({
      figure: 'file.memory',
      value: peak,
      unit: 'MiB',
      bar: { text: `${MEMORY_BAR} MiB, however large the file`, meets: peak <= MEMORY_BAR },
      remark: `most that the intake's process had resident; ${before.toFixed(0)} MiB before the file was opened`,
    }),
  ]
}

/** Seconds. */
async function runFloor(context: BenchContext, task: RowsFloorTask): Promise<number> {
  const worker = await startWorker<RowsFloorTask, number>('rows-floor-worker', task, context.lifecycle)
  const began = performance.now()
  await worker.go()
  return (performance.now() - began) / 1000
}

async function runRows(context: BenchContext, drop: string) {
  const parts = await freshParts(context)
  try {
    const task: RowsTask = { config: parts.config, policies: context.policies, set: SET, feed: FEED, drop }
    const worker = await startWorker<RowsTask, RowsTaken>('rows-worker', task, parts.lifecycle)
    const done = new AbortController()
    const trimming = trimBehind(parts.ports.log, done.signal)
    const began = performance.now()
    const { result, cpuSeconds } = await worker.go()
    const seconds = (performance.now() - began) / 1000
    done.abort()
    await trimming
    if (result === undefined) throw new Error('the worker has told nothing')
    return { ...result, cpuSeconds, seconds }
  } finally {
    await parts.stop()
  }
}

async function trimBehind(log: EventLog, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const [shard, position] of await log.ends('observations', REALM)) {
      await log.trim('observations', REALM, shard, position)
    }
    await delay(TRIM_MS)
  }
}
