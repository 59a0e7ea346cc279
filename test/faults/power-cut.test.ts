import { afterEach, describe, expect, it } from 'vitest'
import { createLoopDisk, type LoopDisk, whyNoLoopDisk } from '../support/loop-disk.ts'
import { PATIENCE_MS } from '../support/patience.ts'
import { type PenaltiesLoad, startPenaltiesLoad } from '../support/penalties-load.ts'
import { type StartedSystem, startSystem } from '../support/started.ts'
import { scoresAndFold, storedPenalties } from '../support/unbroken.ts'
import { until } from '../support/until.ts'
import { killEverything } from '../support/victims.ts'

/** FENGSUI_TEST_POWER_CUTS=20 is the long test. */
const CUTS = Number(process.env.FENGSUI_TEST_POWER_CUTS ?? 1)
const TEST_MS = 240_000 + CUTS * 3 * PATIENCE_MS

const noDisk = await whyNoLoopDisk()
let system: StartedSystem | undefined
let load: PenaltiesLoad | undefined
let disk: LoopDisk | undefined

afterEach(async () => {
  load?.abandon()
  await system?.stop()
  await disk?.remove()
  load = system = disk = undefined
}, 120_000)

type Cut = (system: StartedSystem, load: PenaltiesLoad) => Promise<void>

/** Under load; nothing acknowledged may be missing, nothing twice, and every score as one unbroken fold says it. */
async function survives(started: StartedSystem, cut: Cut, cuts = CUTS): Promise<void> {
  let living = started
  system = living
  load = startPenaltiesLoad(living, Date.now())
  const { acknowledged, again } = load
  for (let count = 0; count < cuts; count++) {
    const before = acknowledged()
    await until('a load', () => acknowledged() > before + 200 || undefined, PATIENCE_MS)
    await cut(living, load)
    system = undefined
    living = await living.again()
    system = living
  }
  await load.stop()
  await living.caughtUp('city')

  expect(await storedPenalties(living.history)).toEqual({ rows: acknowledged(), ids: acknowledged() })
  const { said, folded } = await scoresAndFold(living.history)
  expect(said).toEqual(folded)
  if (process.env.FENGSUI_TEST_POWER_CUTS !== undefined)
    console.log(JSON.stringify({ cuts, acknowledged: acknowledged(), again: again(), points: said.length }))
}

describe('a machine on which everything dies at the same instant, under load', () => {
  it(
    'starts again on the same folder as if nothing had been',
    async () => {
      await survives(await startSystem(), killEverything)
    },
    TEST_MS,
  )

  it.skipIf(noDisk !== undefined)(
    `and whose disk never sees what was not synced${noDisk === undefined ? '' : ` (${noDisk})`}`,
    async () => {
      const own = createLoopDisk()
      disk = own
      await survives(await startSystem(undefined, {}, own.folder), async (cut) => {
        own.cut()
        await killEverything(cut)
        await own.again()
      })
    },
    TEST_MS,
  )

  it.skipIf(noDisk !== undefined)(
    `nor what was written by an orderly stop the moment before${noDisk === undefined ? '' : ` (${noDisk})`}`,
    async () => {
      const own = createLoopDisk()
      disk = own
      const stopAndCut: Cut = async (stopped, given) => {
        await given.stop()
        await stopped.caughtUp('city')
        stopped.running.interrupt()
        await stopped.running.ended
        own.cut()
        await own.again()
      }
      await survives(await startSystem(undefined, {}, own.folder), stopAndCut, 1)
    },
    TEST_MS,
  )
})
