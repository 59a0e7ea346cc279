import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PenaltiesLoad, startPenaltiesLoad } from '../support/penalties-load.ts'
import { type StartedSystem, startSystem } from '../support/started.ts'
import { scoresAndFold, storedPenalties } from '../support/unbroken.ts'
import { until } from '../support/until.ts'
import { cutPower, PATIENCE_MS } from '../support/victims.ts'

/** FENGSUI_TEST_POWER_CUTS=20 is the long test. */
const CUTS = Number(process.env.FENGSUI_TEST_POWER_CUTS ?? 1)

let system: StartedSystem
let load: PenaltiesLoad | undefined

beforeAll(async () => {
  system = await startSystem()
}, 120_000)

afterAll(async () => {
  load?.abandon()
  await system?.stop()
}, 120_000)

describe('a machine on which everything dies at the same instant, under load', () => {
  it(
    'starts again on the same folder: nothing acknowledged is lost or doubled, and every score is as one unbroken fold says it',
    async () => {
      load = startPenaltiesLoad(system, Date.now())
      const { acknowledged, again } = load
      for (let cut = 0; cut < CUTS; cut++) {
        const before = acknowledged()
        await until('a load', () => acknowledged() > before + 200 || undefined, PATIENCE_MS)
        await cutPower(system)
        system = await system.again()
      }
      await load.stop()
      await system.caughtUp('city')

      expect(await storedPenalties(system.history)).toEqual({ rows: acknowledged(), ids: acknowledged() })
      const { said, folded } = await scoresAndFold(system.history)
      expect(said).toEqual(folded)
      if (process.env.FENGSUI_TEST_POWER_CUTS !== undefined)
        console.log(JSON.stringify({ cuts: CUTS, acknowledged: acknowledged(), again: again(), points: said.length }))
    },
    120_000 + CUTS * 3 * PATIENCE_MS,
  )
})
