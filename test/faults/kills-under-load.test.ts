import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadPolicySet } from '../../app/policies.ts'
import type { LogBatch } from '../../core/event-log.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { SHARDS } from '../../core/shard.ts'
import { readArchive } from '../../processors/archive.ts'
import { compilePolicy } from '../../processors/compile-policy.ts'
import { processesOf } from '../support/command.ts'
import { type PenaltiesLoad, startPenaltiesLoad } from '../support/penalties-load.ts'
import { type StartedSystem, startSystem } from '../support/started.ts'
import { until } from '../support/until.ts'
import { createDice } from '../world/dice.ts'
import { asSaid, foldAgain, newestRevisions } from '../world/same-bytes.ts'

/** FENGSUI_TEST_KILLS=100 is the long test. */
const KILLS = Number(process.env.FENGSUI_TEST_KILLS ?? 5)
/** Of one kill, until what was killed is back and senders are served again. */
const PATIENCE_MS = 60_000
const { realm } = loadPolicySet(fileURLToPath(new URL('../../policies/', import.meta.url)), 'city')
const ALL_SHARDS = Array.from({ length: SHARDS }, (_, shard) => shard)

let system: StartedSystem
let load: PenaltiesLoad | undefined

beforeAll(async () => {
  system = await startSystem()
}, 120_000)

afterAll(async () => {
  load?.abandon()
  await system?.stop()
}, 120_000)

type Victim = 'ingest' | 'process' | 'alert' | 'history' | 'redis'
const VICTIMS: readonly Victim[] = ['ingest', 'process', 'history', 'redis', 'alert']

/** Those that live; `undefined` while one is missing. */
function pidsOf(victim: Victim): readonly number[] | undefined {
  const pids = processesOf(system.data)
    .filter(({ kind, words }) => (victim === 'history' || victim === 'redis' ? kind === victim : isRole(words, victim)))
    .map(({ pid }) => pid)
  return pids.length === (victim === 'redis' ? 2 : 1) ? pids : undefined
}

/** A failure with what the system says of it. */
function withWords<Seen>(waiting: Promise<Seen>): Promise<Seen> {
  return waiting.catch((error: unknown) => {
    const log = readFileSync(join(system.data, 'run', 'process.log'), 'utf8').slice(-4_000)
    throw new Error(`${system.running.said()}${system.running.complained()}${log}`, { cause: error })
  })
}

function isRole(words: string, role: Victim): boolean {
  return new RegExp(` role .*\\b${role}\\b`).test(words)
}

describe('parts that are killed with -9 under load, one after the other', () => {
  it(
    'come back each time; nothing acknowledged is lost or doubled, and every score is as one unbroken fold says it',
    async () => {
      load = startPenaltiesLoad(system, Date.now())
      const { acknowledged, again } = load
      await until('a load', () => acknowledged() > 200 || undefined)
      const dice = createDice(20_261_125)
      let round: Victim[] = []
      for (let kill = 0; kill < KILLS; kill++) {
        // Round by round: a role that dies again and again without rest is given up, and all with it.
        if (round.length === 0) round = dice.shuffled(VICTIMS)
        const victim = round.pop() ?? 'ingest'
        const pid = dice.pick(await until(`${victim} to be there`, () => pidsOf(victim), PATIENCE_MS))
        process.kill(pid, 'SIGKILL')
        const seen = acknowledged()
        const isBack = () => pidsOf(victim)?.includes(pid) === false || undefined
        await withWords(until(`${victim} to be back`, isBack, PATIENCE_MS))
        const isServed = () => acknowledged() > seen + 100 || undefined
        await withWords(until(`senders to be served after the end of ${victim}`, isServed, PATIENCE_MS))
      }
      await load.stop()
      await system.caughtUp('city')

      const [stored] = await system.history.query<{ rows: number; ids: number }>(
        `SELECT count() AS rows, uniqExact(id) AS ids FROM observations FINAL WHERE realm = 'city' AND feed = 'penalties'`,
        {},
      )
      expect({ rows: Number(stored?.rows), ids: Number(stored?.ids) }).toEqual({
        rows: acknowledged(),
        ids: acknowledged(),
      })

      const said = await system.history.query<RiskPoint>(`SELECT * FROM risk FINAL WHERE realm = 'city'`, {})
      const archived: LogBatch[] = []
      for await (const batches of readArchive(system.history, 'city', ALL_SHARDS)) archived.push(...batches)
      // At the newest tick some shards may have spoken, and others not yet.
      const newest = Math.max(...said.map(({ recorded }) => Number(recorded)))
      const isSealed = ({ recorded }: RiskPoint) => Number(recorded) < newest
      const rows = said.filter(isSealed).map(asSaid).sort()
      const { points } = foldAgain(archived, compilePolicy(realm))
      expect(rows).toEqual(newestRevisions(points.filter(isSealed)).sort())
      if (KILLS > VICTIMS.length)
        console.log(JSON.stringify({ kills: KILLS, acknowledged: acknowledged(), again: again(), points: rows.length }))
    },
    120_000 + KILLS * 2 * PATIENCE_MS,
  )
})
