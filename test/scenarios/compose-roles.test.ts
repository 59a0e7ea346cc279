import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Aedes } from 'aedes'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createRedisPresent } from '../../adapters/redis/present.ts'
import type { FeedHealth } from '../../core/risk.ts'
import type { EnterprisePage } from '../../dashboards/board-model.ts'
import { fengsui, fengsuiToEnd, killAll, type RunningCommand } from '../support/command.ts'
import { type TestHistory, type TestRedis, withHistory, withRedis } from '../support/embedded.ts'
import { type KafkaProcess, kafkaAvailability, startKafka } from '../support/kafka.ts'
import { freePorts } from '../support/ports.ts'
import { until } from '../support/until.ts'

interface Service {
  readonly build?: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

const ROOT = new URL('../../', import.meta.url)
const unavailable = kafkaAvailability()
const EXAMPLES = readFileSync(new URL('examples/penalties.csv', ROOT), 'utf8')
const ENTERPRISE = EXAMPLES.split('\n')[1]?.split(',')[1] ?? ''

describe.skipIf(unavailable !== undefined)(
  `the services of docker-compose.yml (${unavailable ?? 'runs a broker'})`,
  () => {
    let folder: string
    let stores: {
      readonly kafka: KafkaProcess
      readonly log: TestRedis
      readonly present: TestRedis
      readonly history: TestHistory
    }
    let site: { readonly url: string; close(): Promise<void> }
    let roles: {
      readonly name: string
      readonly words: readonly string[]
      readonly environment: Record<string, string>
    }[]
    const running = new Map<string, RunningCommand>()

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'fengsui-compose-'))
      const [kafka, log, present, history] = await Promise.all([startKafka(), withRedis(), withRedis(), withHistory()])
      stores = { kafka, log, present, history }
      site = await startSiteBroker()
      const port = await freePorts()
      /** What stands in the file, and the same part on this machine. */
      const here: Readonly<Record<string, string>> = {
        FENGSUI_DATA: join(folder, 'data'),
        FENGSUI_HOST: '127.0.0.1',
        FENGSUI_PORT: String(port),
        FENGSUI_INGEST_PORT: String(port + 1),
        KAFKA_BROKERS: kafka.brokers.join(','),
        CLICKHOUSE_URL: history.connection.url,
        CLICKHOUSE_PASSWORD: history.connection.password,
        LOG_REDIS_URL: `unix://${log.options.path}?password=${log.options.password}`,
        PRESENT_REDIS_URL: `unix://${present.options.path}?password=${present.options.password}`,
        MQTT_URL: site.url,
      }
      const compose: { services: Record<string, Service> } = parse(
        readFileSync(new URL('docker-compose.yml', ROOT), 'utf8'),
        { merge: true },
      )
      roles = Object.entries(compose.services)
        .filter(([, { build }]) => build !== undefined)
        .map(([name, { command = [], environment = {} }]) => ({
          name,
          words: command,
          environment: Object.fromEntries(
            Object.entries(environment).map(([key, text]) => [
              key,
              here[key] ?? text.replace(/\$\{\w+:-([^}]*)\}/, '$1'),
            ]),
          ),
        }))
    })

    afterAll(async () => {
      await killAll(join(folder, 'data'))
      await site.close()
      await stores.history.stop()
      await Promise.all([stores.log.stop(), stores.present.stop(), stores.kafka.stop()])
      await rm(folder, { recursive: true, force: true })
    })

    const environmentOf = (name: string) => roles.find((role) => role.name === name)?.environment ?? {}

    it('start one by one on what their environment names, and doctor finds each of them well', async () => {
      for (const { name, words, environment } of roles) running.set(name, fengsui(words, environment))
      for (const [name, one] of running) {
        await one.hears(/"msg":"ready"/, 90_000)
        expect(one.complained(), name).not.toContain('secret')
      }
      // One after the other: side by side they would take the processor from the broker that they wait for.
      const asked: string[] = []
      for (const { name, environment } of roles) {
        const { code, said } = await fengsuiToEnd(['doctor', '--role', name, '--json'], environment)
        expect(code, `${said}${running.get(name)?.complained()}`).toBe(0)
        asked.push(said)
      }
      expect(asked[0]).toMatch(/"check":"kafka","state":"ok"/)
    }, 180_000)

    it('carry a penalty from the front door to the board, and a reading from the site’s broker to its feed', async () => {
      const { FENGSUI_DATA = '', FENGSUI_INGEST_PORT } = environmentOf('ingest')
      const keys = JSON.parse(readFileSync(join(FENGSUI_DATA, 'keys', 'feeds.json'), 'utf8'))
      const reply = await fetch(`http://127.0.0.1:${FENGSUI_INGEST_PORT}/ingest/city/penalties`, {
        method: 'POST',
        headers: { authorization: `Bearer ${keys['city/penalties']}`, 'content-type': 'text/csv' },
        body: EXAMPLES,
      })
      expect(await reply.json()).toMatchObject({ rejects: 0 })
      const board = `http://127.0.0.1:${environmentOf('board').FENGSUI_PORT}`
      const page = await until('the page of the enterprise', async () => {
        const path = `/api/realms/city/enterprises/${encodeURIComponent(`uscc:${ENTERPRISE}`)}`
        const seen = (await (await fetch(board + path)).json()) as EnterprisePage
        return seen.now && seen.receipt && seen.timeline.length > 0 ? seen : undefined
      })
      expect(page.now?.risk).toBeGreaterThan(0)

      const device = await connectAsync(site.url, { username: 'device', password: 'secret' })
      const reading = JSON.stringify({ t: Date.now() - 5_000, v: 12, q: 'N' })
      await device.publishAsync(`reg/v1/140105/${ENTERPRISE}/dev1/gas`, reading, { qos: 1 })
      await device.endAsync()
      const present = createRedisPresent({ redis: stores.present.options, onFault: () => undefined })
      try {
        await until('the reading in the health of its feed', async () => {
          const text = await present.readOne('city', 'feeds', 'sensors')
          const health: FeedHealth | undefined = text === undefined ? undefined : JSON.parse(text)
          return (health?.lines ?? 0) > 0 ? health : undefined
        })
      } finally {
        await present.close()
      }
    }, 120_000)

    it('end in order when they are told to, and doctor says that they are gone', async () => {
      for (const one of running.values()) process.kill(one.pid, 'SIGTERM')
      for (const [name, one] of running)
        expect(await one.ended, `${name}: ${one.complained()}`).toMatchObject({ code: 0 })
      const { code, said } = await fengsuiToEnd(['doctor', '--role', 'alert'], environmentOf('alert'))
      expect(code, said).toBe(1)
      expect(said).toContain('The role alert does not run')
    }, 120_000)
  },
)

/** An MQTT broker as a site runs one, with accounts. */
async function startSiteBroker(): Promise<{ url: string; close(): Promise<void> }> {
  const broker = await Aedes.createBroker({
    authenticate: (_client, _username, password, done) => done(null, password?.toString() === 'secret'),
  })
  const server: Server = createServer(broker.handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `mqtt://fengsui:secret@127.0.0.1:${port}`,
    async close() {
      await new Promise<void>((resolve) => broker.close(() => resolve()))
      server.close()
    },
  }
}
