import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../adapters/system-clock.ts'
import { type Doors, readDoors } from '../app/doors.ts'
import { nodeEntry } from '../app/embedded/node-entry.ts'
import { stopChild } from '../app/supervisor.ts'
import { DAY_MS, floorToGrid, SHANGHAI_OFFSET_MINUTES } from '../core/time.ts'
import type { BenchContext } from './bench.ts'
import { type Figure, figureOf } from './figure.ts'
import { NO_PORTS } from './parts.ts'
import { listProcesses, residentMebibytesOf } from './processes.ts'

const LOOK_MS = 50
/** A board costs milliseconds to put together: who asks for it all the time measures that. */
const BOARD_LOOK_MS = 500
const ENTERPRISES = 20_000
const GIVE_UP_MS = 600_000

/** `fengsui start` on an empty folder, as whoever tries it for the first time sees it; then what each process holds. */
export async function measureStartup(context: BenchContext): Promise<readonly Figure[]> {
  context.announce('startup')
  const data = mkdtempSync(join(context.folder, 'start-'))
  const words = ['--data', data, '--policies', context.policies, 'start', '--enterprises', String(ENTERPRISES)]
  const midnight = floorToGrid(systemClock.now(), DAY_MS, SHANGHAI_OFFSET_MINUTES)
  const began = performance.now()
  const child = spawn(process.execPath, [...nodeEntry(import.meta.url, '../app/main'), ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...NO_PORTS },
  })
  context.lifecycle.onStop('the system that was started', () => stopChild(child))
  const died = new AbortController()
  child.once('exit', (code) => died.abort(new Error(`fengsui start has ended (${code})`)))
  const signal = AbortSignal.any([context.signal, died.signal, AbortSignal.timeout(GIVE_UP_MS)])

  const doors = await eventually(signal, async () => doorsOf(data))
  await eventually(signal, async () => (await fetch(`${doors.board}/api/realms`)).ok || undefined)
  const startup = (performance.now() - began) / 1000
  const isComplete = async () => {
    const answer = await fetch(`${doors.board}/api/realms/demo/board`)
    if (!answer.ok) return undefined
    const { sealedUntil } = (await answer.json()) as { readonly sealedUntil: number }
    return sealedUntil >= midnight || undefined
  }
  await eventually(signal, isComplete, BOARD_LOOK_MS)
  const firstBoard = (performance.now() - began) / 1000
  return [
    figureOf({
      figure: 'startup',
      value: startup,
      unit: 's',
      remark: 'fengsui start on an empty folder until the board answers',
    }),
    figureOf({
      figure: 'startup.first-board',
      value: firstBoard,
      unit: 's',
      remark: `until the simulated year of ${ENTERPRISES} enterprises is back-filled and its sealed scores are on the board`,
    }),
    ...memoryOf(data, child.pid ?? 0),
  ]
}

function doorsOf(data: string): Doors | undefined {
  return existsSync(join(data, 'run', 'doors.json')) ? readDoors(join(data, 'run')) : undefined
}

async function eventually<Value>(
  signal: AbortSignal,
  look: () => Promise<Value | undefined>,
  everyMs = LOOK_MS,
): Promise<Value> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await delay(everyMs, undefined, { signal })
  }
}

/** By what stands in the command of each process; the parts were started detached and name their folder. */
function memoryOf(data: string, supervisor: number): Figure[] {
  const own = listProcesses().filter(
    ({ pid, parent, command }) => pid === supervisor || parent === supervisor || command.includes(data),
  )
  return own.flatMap(({ pid, command }) => {
    const mebibytes = residentMebibytesOf(pid)
    if (mebibytes === undefined) return []
    const name = pid === supervisor ? 'supervisor' : nameOf(command)
    return [
      figureOf({ figure: `memory.${name}`, value: mebibytes, unit: 'MiB', remark: 'resident, after the back-fill' }),
    ]
  })
}

function nameOf(command: string): string {
  if (command.includes('log.sock')) return 'redis-log'
  if (command.includes('present.sock')) return 'redis-present'
  if (command.includes('history-owner')) return 'history'
  const roles = / role (.+)$/.exec(command)?.[1]
  return roles === undefined ? 'simulation' : roles.replaceAll(' ', '+')
}
