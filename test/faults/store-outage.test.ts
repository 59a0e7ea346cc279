import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readHistoryAddress } from '../../app/embedded/history-address.ts'
import { listProcesses, residentMebibytesOf } from '../../bench/processes.ts'
import { type ReadingsLoad, startReadingsLoad } from '../support/readings-load.ts'
import { type StartedSystem, startSystem } from '../support/started.ts'
import { until } from '../support/until.ts'

/** FENGSUI_TEST_OUTAGE_S=120 keeps the store away for two minutes, with a log that takes half a minute to press. */
const OUTAGE_S = Number(process.env.FENGSUI_TEST_OUTAGE_S ?? 0)
const BOUND_MB = OUTAGE_S > 0 ? 64 : 2
/** Over what a role had before: buffers of the sink, of sockets and of the heap between two collections. */
const GROWTH_MB = 250

let system: StartedSystem
let load: ReadingsLoad | undefined
let owner: number

beforeAll(async () => {
  system = await startSystem(undefined, { FENGSUI_LOG_BOUND_MB: String(BOUND_MB) })
  const address = readHistoryAddress(join(system.data, 'run'))
  if (address === undefined) throw new Error('the history has no owner')
  owner = address.pid
}, 120_000)

afterAll(async () => {
  // Whatever failed before: a store that stands still could not be stopped in order.
  if (owner !== undefined) process.kill(owner, 'SIGCONT')
  await load?.stop().catch(() => undefined)
  await system?.stop()
}, 120_000)

/** MiB by role. */
function memory(): Record<string, number> {
  const roles = listProcesses().flatMap(({ pid, parent, command }) => {
    const role = parent === system.running.pid ? / role (ingest|process)$/.exec(command)?.[1] : undefined
    return role === undefined ? [] : [[role, Math.round(residentMebibytesOf(pid) ?? 0)] as const]
  })
  return Object.fromEntries(roles)
}

const acknowledgedOf = ({ acknowledged }: ReadingsLoad) => acknowledged.http.size + acknowledged.mqtt.size

describe('a store that stands still under load, and comes back', () => {
  it('slows its senders down before memory grows, and loses nothing that was acknowledged', async () => {
    load = await startReadingsLoad(system, Date.now())
    const { acknowledged, heldBack } = load
    await until(
      'a load on both doors',
      () => (acknowledged.http.size > 400 && acknowledged.mqtt.size > 400) || undefined,
    )
    const before = memory()
    expect(Object.keys(before).sort()).toEqual(['ingest', 'process'])

    process.kill(owner, 'SIGSTOP')
    const stopped = performance.now()
    await until('HTTP to be held back', () => heldBack.times > 0 || undefined, 90_000)
    // Nothing is acknowledged any more: what is in flight is.
    const atPressure = await until('MQTT to be held back', async () => {
      const seen = acknowledgedOf(load as ReadingsLoad)
      await sleep(500)
      return seen === acknowledgedOf(load as ReadingsLoad) ? seen : undefined
    })
    // People still decide, and are still told: what is not fed by the world goes on.
    await until('the board to answer', async () => (await fetch(`${system.doors.board}/api/realms`)).ok || undefined)
    await sleep(Math.max(0, OUTAGE_S * 1000 - (performance.now() - stopped)))
    const during = memory()
    process.kill(owner, 'SIGCONT')

    await until('senders to go on', () => acknowledgedOf(load as ReadingsLoad) > atPressure + 400 || undefined, 120_000)
    await load.stop()
    await system.caughtUp('city')
    const after = memory()

    const rows = await system.history.query<{ value: number }>(
      `SELECT value FROM observations FINAL WHERE realm = 'city' AND feed = 'sensors'`,
      {},
    )
    const stored = new Set(rows.map(({ value }) => Number(value)))
    expect([...acknowledged.http, ...acknowledged.mqtt].filter((i) => !stored.has(i))).toEqual([])
    expect(rows.length, 'each of them once').toBe(stored.size)
    expect(heldBack.withoutRetryAfter).toBe(0)
    for (const role of ['ingest', 'process']) {
      for (const seen of [during, after]) expect(seen[role], role).toBeLessThan((before[role] ?? 0) + GROWTH_MB)
    }
    if (OUTAGE_S > 0) {
      console.log(
        JSON.stringify({
          outageS: OUTAGE_S,
          boundMB: BOUND_MB,
          stored: stored.size,
          atPressure,
          heldBack,
          before,
          during,
          after,
        }),
      )
    }
  }, 420_000)
})
