import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PATIENCE_MS } from '../support/patience.ts'
import { type PenaltiesLoad, startPenaltiesLoad } from '../support/penalties-load.ts'
import { type StartedSystem, startSystem } from '../support/started.ts'
import { scoresAndFold, storedPenalties } from '../support/unbroken.ts'
import { until } from '../support/until.ts'
import { killUnderLoad, partsOf } from '../support/victims.ts'
import { createDice } from '../world/dice.ts'

/** FENGSUI_TEST_KILLS=100 is the long test. */
const KILLS = Number(process.env.FENGSUI_TEST_KILLS ?? 5)

let system: StartedSystem
let load: PenaltiesLoad | undefined

beforeAll(async () => {
  system = await startSystem()
}, 120_000)

afterAll(async () => {
  load?.abandon()
  await system?.stop()
}, 120_000)

describe('parts that are killed with -9 under load, one after the other', () => {
  it(
    'come back each time; nothing acknowledged is lost or doubled, and every score is as one unbroken fold says it',
    async () => {
      load = startPenaltiesLoad(system, Date.now())
      const { acknowledged, again } = load
      await until('a load', () => acknowledged() > 200 || undefined)
      const dice = createDice(20_261_125)
      await killUnderLoad(system, partsOf(system, dice), load, KILLS, dice)
      await load.stop()
      await system.caughtUp('city')

      expect(await storedPenalties(system.history)).toEqual({ rows: acknowledged(), ids: acknowledged() })
      const { said, folded } = await scoresAndFold(system.history)
      expect(said).toEqual(folded)
      if (process.env.FENGSUI_TEST_KILLS !== undefined)
        console.log(JSON.stringify({ kills: KILLS, acknowledged: acknowledged(), again: again(), points: said.length }))
    },
    120_000 + KILLS * 2 * PATIENCE_MS,
  )
})
