import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BoardModel, RealmCard } from '../../dashboards/board-model.ts'
import {
  fengsui,
  fengsuiToEnd,
  killAll,
  type OwnProcess,
  processesOf,
  type RunningCommand,
} from '../support/command.ts'
import { freePorts, listen } from '../support/ports.ts'
import { until } from '../support/until.ts'

let folder: string
let data: string
let port: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fengsui-start-'))
  data = join(folder, 'data')
  port = await freePorts()
})

afterAll(async () => {
  await killAll(folder)
  await rm(folder, { recursive: true, force: true })
})

const start = (): RunningCommand =>
  fengsui(['start', '--data', data, '--port', String(port), '--enterprises', '200', '--speed', '7200'])

async function boardOf(running: RunningCommand): Promise<() => Promise<BoardModel>> {
  const [, url] = await running.hears(/Board: (http:\S+)\//, 120_000)
  expect(url).toBe(`http://127.0.0.1:${port}`)
  const realms = (await (await fetch(`${url}/api/realms`)).json()) as RealmCard[]
  expect(realms.map(({ realm, demonstration }) => [realm, demonstration])).toEqual([['demo', true]])
  return async () => (await (await fetch(`${url}/api/realms/demo/board`)).json()) as BoardModel
}

const kinds = (processes: readonly OwnProcess[]) => processes.map(({ kind }) => kind).sort()
const ALL_OF_IT = ['command', 'history', 'redis', 'redis', 'role', 'role', 'role', 'role', 'simulation']

async function stops(running: RunningCommand): Promise<void> {
  running.interrupt()
  expect(await running.ended, running.complained()).toEqual({ code: 0, signal: null })
  expect(processesOf(data)).toEqual([])
}

describe('fengsui start', () => {
  let before: BoardModel

  it('says where the board is, shows a city that moves, and leaves nothing behind after Ctrl-C', async () => {
    const running = start()
    const board = await boardOf(running)
    const early = await until('the first enterprises', async () => {
      const seen = await board()
      return seen.totals.enterprises > 0 ? seen : undefined
    })
    before = await until('the whole city, later', async () => {
      const seen = await board()
      return seen.totals.enterprises >= 150 && seen.sealedUntil > early.sealedUntil ? seen : undefined
    })
    expect(kinds(processesOf(data))).toEqual(ALL_OF_IT)
    await stops(running)
  }, 180_000)

  it('carries on where it stood', async () => {
    const running = start()
    const board = await boardOf(running)
    const after = await until('time going on', async () => {
      const seen = await board()
      return seen.sealedUntil > before.sealedUntil ? seen : undefined
    })
    expect(after.totals.enterprises).toBeGreaterThanOrEqual(before.totals.enterprises)
    before = after
    const was = processesOf(data)
    // Everything in its group at once, as a terminal that crashes would.
    process.kill(-running.pid, 'SIGKILL')
    await running.ended
    const survivors = await until('roles and simulation to follow', () => {
      const left = processesOf(data)
      return left.every(({ kind }) => kind === 'redis' || kind === 'history') ? left : undefined
    })
    const pids = (list: readonly OwnProcess[]) => list.map(({ pid }) => pid)
    expect(pids(was)).toEqual(expect.arrayContaining(pids(survivors)))
    expect(kinds(survivors)).toEqual(['history', 'redis', 'redis'])
  }, 180_000)

  it('takes up its stores after kill -9 and goes on', async () => {
    const left = processesOf(data)
    const running = start()
    const board = await boardOf(running)
    await until('time going on', async () => ((await board()).sealedUntil > before.sealedUntil ? true : undefined))
    expect(processesOf(data)).toEqual(expect.arrayContaining(left))
    const second = await fengsuiToEnd(['start', '--data', data, '--port', String(port)])
    expect(second).toMatchObject({
      code: 2,
      complained: expect.stringMatching(/^烽燧已在 .* \/ Fengsui already runs on .*--data\.\n$/),
    })
    const well = await fengsuiToEnd(['doctor', '--data', data])
    expect(well, well.said).toMatchObject({ code: 0, said: expect.stringContaining('The role process') })
    await stops(running)
  }, 180_000)
})

describe('fengsui start that cannot', () => {
  it('says in one sentence that a port is in use, and starts nothing', async () => {
    const [server] = await listen(port)
    try {
      const other = join(folder, 'port')
      const outcome = await fengsuiToEnd(['start', '--data', other, '--port', String(port), '--no-simulation'])
      expect(outcome).toMatchObject({
        code: 2,
        complained: expect.stringMatching(/^端口 \d+ 已被占用[^\n]+ \/ Port \d+ is in use: [^\n]+\.\n$/),
      })
      expect(processesOf(other)).toEqual([])
    } finally {
      server.close()
    }
  }, 120_000)

  it('says in one sentence which Redis to install', async () => {
    const other = join(folder, 'no-redis')
    const outcome = await fengsuiToEnd(['start', '--data', other, '--port', String(port)], { PATH: folder })
    expect(outcome).toMatchObject({
      code: 2,
      complained: expect.stringMatching(/^没有找到 Redis[^\n]+ \/ No Redis server was found: [^\n]+\.\n$/),
    })
    expect(processesOf(other)).toEqual([])
  }, 60_000)

  it('says in one sentence that the folder cannot be written', async () => {
    const outcome = await fengsuiToEnd(['start', '--data', '/dev/null/data', '--port', String(port)])
    expect(outcome).toMatchObject({
      code: 2,
      complained: expect.stringMatching(/^数据目录 [^\n]+ \/ The data folder [^\n]+\.\n$/),
    })
  })
})
