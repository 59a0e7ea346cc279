import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../adapters/system-clock.ts'
import { DAY_MS, floorToGrid, SHANGHAI_OFFSET_MINUTES, toLocalIso } from '../../core/time.ts'
import { exampleFiles } from '../../simulation/examples.ts'
import { runSimulation, type SimulationEvent } from '../../simulation/run-simulation.ts'
import type { Config } from '../config.ts'
import { readDoors } from '../doors.ts'
import { dataFolderAt } from '../embedded/data-folder.ts'

export interface SimulateCommand {
  readonly enterprises: number
  readonly speed: number
  readonly seed: number
  readonly truth?: string
  readonly signal: AbortSignal
  readonly print: (line: string) => void
}

const REALM = 'demo'
const BACKFILL_MONTHS = 12

/** The simulated city against a running system, through its doors; its truth goes to a file aside. */
export async function runSimulate(config: Config, command: SimulateCommand): Promise<void> {
  const folder = dataFolderAt(config.dataFolder)
  const doors = readDoors(folder.run)
  const keys: Record<string, string> = JSON.parse(readFileSync(join(folder.keys, 'feeds.json'), 'utf8'))
  await runSimulation({
    url: doors.ingest,
    mqttUrl: doors.mqtt,
    realm: REALM,
    keys,
    enterprises: command.enterprises,
    seed: command.seed,
    speed: command.speed,
    backfillMonths: BACKFILL_MONTHS,
    startAt: floorToGrid(systemClock.now(), DAY_MS, SHANGHAI_OFFSET_MINUTES),
    truthFile: command.truth ?? join(folder.path, 'truth.ndjson'),
    clock: { now: systemClock.now, wait: (ms, signal) => delay(ms, undefined, { signal }) },
    signal: command.signal,
    onEvent: (event) => {
      const line = describe(event)
      if (line !== undefined) command.print(line)
    },
  })
}

/** A small file of every feed, written into `folder`: what `examples/` holds. The names of the files, in order. */
export function writeExamples(folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true })
  const files = Object.entries(exampleFiles())
  for (const [name, text] of files) writeFileSync(join(folder, name), text)
  return files.map(([name]) => join(folder, name)).sort()
}

function describe(event: SimulationEvent): string | undefined {
  const at = (instant: number) => toLocalIso(instant, SHANGHAI_OFFSET_MINUTES).slice(0, 10)
  switch (event.type) {
    case 'world-made':
      return `模拟城市 / simulated city: ${event.enterprises} 主体 enterprises, ${event.devices} 设备 devices`
    case 'back-filled':
      return `回填历史 / back-filling: ${at(event.until)} → ${at(event.startAt)}`
    case 'waiting':
      return `模拟城市等待 / the simulated city waits (${event.reason}) ${event.seconds} s`
    case 'resumed':
      return `模拟城市自 ${at(event.until)} 继续 / the simulated city goes on from ${at(event.until)}`
    case 'trouble-began':
    case 'hour-passed':
      return undefined
  }
}
