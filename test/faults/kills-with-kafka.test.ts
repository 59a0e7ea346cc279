import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KafkaProcess, kafkaAvailability, startKafka } from '../support/kafka.ts'
import { PATIENCE_MS } from '../support/patience.ts'
import { type PenaltiesLoad, startPenaltiesLoad } from '../support/penalties-load.ts'
import { type StartedSystem, startSystem } from '../support/started.ts'
import { scoresAndFold, storedPenalties } from '../support/unbroken.ts'
import { until } from '../support/until.ts'
import { killEverything, killUnderLoad, partsOf } from '../support/victims.ts'
import { createDice } from '../world/dice.ts'

/** A long test only: each of its kills takes a broker or a role its time to come back. */
const KILLS = Number(process.env.FENGSUI_TEST_KILLS ?? 0)
const why = KILLS === 0 ? 'runs with FENGSUI_TEST_KILLS=50' : (kafkaAvailability() ?? 'runs a broker')

describe.skipIf(why !== 'runs a broker')(`a log on Kafka whose broker is among what is killed with -9 (${why})`, () => {
  let kafka: KafkaProcess | undefined
  let system: StartedSystem | undefined
  let load: PenaltiesLoad | undefined

  beforeAll(async () => {
    kafka = await startKafka()
    system = await startSystem(undefined, { FENGSUI_LOG: 'kafka', KAFKA_BROKERS: kafka.brokers.join(',') })
  }, 180_000)

  afterAll(async () => {
    load?.abandon()
    await system?.stop()
    await kafka?.stop()
  }, 120_000)

  it(
    'comes back each time; nothing acknowledged is lost or doubled, and every score is as one unbroken fold says it',
    async () => {
      if (kafka === undefined || system === undefined) throw new Error('nothing was started')
      load = startPenaltiesLoad(system, Date.now())
      const { acknowledged, again } = load
      await until('a load', () => acknowledged() > 200 || undefined)
      const dice = createDice(20_261_125)
      const victims = { ...partsOf(system, dice), broker: kafka.crash }
      await killUnderLoad(system, victims, load, KILLS, dice)
      // And at the end all of it at once.
      await Promise.all([killEverything(system), kafka.kill()])
      await kafka.start()
      system = await system.again()
      await load.stop()
      await system.caughtUp('city')

      expect(await storedPenalties(system.history)).toEqual({ rows: acknowledged(), ids: acknowledged() })
      const { said, folded } = await scoresAndFold(system.history)
      expect(said).toEqual(folded)
      console.log(JSON.stringify({ kills: KILLS, acknowledged: acknowledged(), again: again(), points: said.length }))
    },
    180_000 + KILLS * 2 * PATIENCE_MS,
  )
})
