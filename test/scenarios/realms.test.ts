import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { History } from '../../core/history.ts'
import { runSimulation } from '../../simulation/run-simulation.ts'
import { CHICAGO_MISSING, cutChicago } from '../support/chicago.ts'
import { fengsuiToEnd } from '../support/command.ts'
import { type StartedSystem, startSystem } from '../support/started.ts'
import { differences, rowsOf, withHistoryOf } from '../support/system.ts'

/** 2026-03-01 in Taiyuan: where the simulated city's history ends and where it stops. */
const STOP = Date.UTC(2026, 1, 28, 16)
const TABLES = ['observations', 'rejects', 'risk', 'enterprises', 'warnings'] as const

let folder: string
let feeds: string[]
const systems: StartedSystem[] = []

async function started(keys?: string): Promise<StartedSystem> {
  const system = await startSystem(keys)
  systems.push(system)
  return system
}

/** A small city's history of two months, through the front door. */
async function simulate({ doors, keys, caughtUp }: StartedSystem): Promise<void> {
  await runSimulation({
    url: doors.ingest,
    realm: 'demo',
    keys,
    enterprises: 150,
    seed: 7,
    speed: Number.POSITIVE_INFINITY,
    backfillMonths: 2,
    startAt: STOP,
    until: STOP,
    clock: { now: Date.now, wait: (ms, signal) => delay(ms, undefined, { signal }) },
    signal: new AbortController().signal,
    onEvent: () => undefined,
  })
  await caughtUp('demo')
}

async function replayChicago(data: string): Promise<void> {
  const { code, complained } = await fengsuiToEnd(['--data', data, 'replay', '--realm', 'chicago', ...feeds, '--json'])
  expect(code, complained).toBe(0)
}

async function rows(history: History, realm: string): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {}
  for (const table of TABLES) all[table] = await rowsOf(history, table, realm)
  return all
}

describe.skipIf(CHICAGO_MISSING)('two realms in one folder (needs ../shared/data/chicago)', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fengsui-realms-'))
    feeds = cutChicago(join(folder, 'files'))
  })

  afterAll(async () => {
    for (const system of systems) await system.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('do not change each other by one digit', async () => {
    const both = await started()
    await Promise.all([simulate(both), replayChicago(both.data)])
    const city = await started(join(both.data, 'keys'))
    const files = join(folder, 'chicago')
    await Promise.all([simulate(city), replayChicago(files)])
    const together = { demo: await rows(both.history, 'demo'), chicago: await rows(both.history, 'chicago') }
    const alone = {
      demo: await rows(city.history, 'demo'),
      chicago: await withHistoryOf(files, (history) => rows(history, 'chicago')),
    }
    expect(alone.demo.risk?.length).toBeGreaterThan(1_000)
    expect(alone.chicago.risk?.length).toBeGreaterThan(10_000)
    expect(differences(together.demo, alone.demo)).toEqual({})
    expect(differences(together.chicago, alone.chicago)).toEqual({})
  }, 300_000)
})
