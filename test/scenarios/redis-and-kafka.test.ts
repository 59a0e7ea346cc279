import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHICAGO_MISSING, cutChicago } from '../support/chicago.ts'
import { fengsuiToEnd, killAll } from '../support/command.ts'
import { type KafkaProcess, kafkaAvailability, startKafka } from '../support/kafka.ts'
import { differences, rowsOf, withHistoryOf } from '../support/system.ts'

const unavailable = kafkaAvailability()
const why = CHICAGO_MISSING ? 'needs ../shared/data/chicago' : (unavailable ?? 'runs a broker')

describe.skipIf(CHICAGO_MISSING || unavailable !== undefined)(`the log on Redis and on Kafka (${why})`, () => {
  let folder: string
  let kafka: KafkaProcess

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fengsui-logs-'))
    kafka = await startKafka()
  })

  afterAll(async () => {
    for (const data of ['redis', 'kafka']) await killAll(join(folder, data))
    await kafka.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('gives every enterprise the same risk at every instant at which it changed', async () => {
    const feeds = cutChicago(join(folder, 'files'))
    const risk = async (log: string, environment: Record<string, string>) => {
      const data = join(folder, log)
      const words = ['--data', data, 'replay', '--realm', 'chicago', ...feeds, '--json']
      const { code, complained } = await fengsuiToEnd(words, environment)
      expect(code, complained).toBe(0)
      return withHistoryOf(data, async (history) => ({ risk: await rowsOf(history, 'risk', 'chicago') }))
    }
    const onRedis = await risk('redis', {})
    const onKafka = await risk('kafka', { FENGSUI_LOG: 'kafka', KAFKA_BROKERS: kafka.brokers.join(',') })
    expect(onRedis.risk.length).toBeGreaterThan(10_000)
    expect(differences(onKafka, onRedis)).toEqual({})
  }, 180_000)
})
