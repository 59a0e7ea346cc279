import { setTimeout as sleep } from 'node:timers/promises'
import { connectAsync, type MqttClient } from 'mqtt'
import type { StartedSystem } from './started.ts'

/** Numbered readings of one enterprise through both doors, each remembered when it was acknowledged. */
export interface ReadingsLoad {
  /** Numbers of the readings that were acknowledged. */
  readonly acknowledged: { readonly http: Set<number>; readonly mqtt: Set<number> }
  /** How often HTTP was told to come again later, and whether it was always told when. */
  readonly heldBack: { times: number; withoutRetryAfter: number }
  /** Sends no more; resolves when everything that was sent over MQTT is acknowledged. */
  stop(): Promise<void>
}

const ENTERPRISE = '91140105MA0T100092'
const BODY_LINES = 200
/** As many as a gateway keeps unacknowledged. */
const IN_FLIGHT = 100
const PAUSE_MS = 20
/** Readings are a quarter of an hour old at first, so that numbers never run into the future. */
const AGE_MS = 900_000

export async function startReadingsLoad({ doors, keys }: StartedSystem, now: number): Promise<ReadingsLoad> {
  const key = keys['city/sensors'] ?? ''
  const acknowledged = { http: new Set<number>(), mqtt: new Set<number>() }
  const heldBack = { times: 0, withoutRetryAfter: 0 }
  const stopping = new AbortController()
  let last = 0

  function reading(i: number) {
    return { t: now - AGE_MS + i, v: i, q: 'N' }
  }

  async function overHttp(): Promise<void> {
    while (!stopping.signal.aborted) {
      const numbers = Array.from({ length: BODY_LINES }, () => ++last)
      const place = { region: '140105', subject: ENTERPRISE, device: 'http', metric: 'cod' }
      const body = numbers.map((i) => `${JSON.stringify({ ...place, ...reading(i) })}\n`).join('')
      // The same rows until they are acknowledged, as a sender that keeps its promise does.
      while (!stopping.signal.aborted) {
        const answer = await fetch(`${doors.ingest}/ingest/city/sensors`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
          body,
        })
        await answer.arrayBuffer()
        if (answer.ok) {
          for (const i of numbers) acknowledged.http.add(i)
          break
        }
        if (answer.status !== 429) throw new Error(`the front door answered ${answer.status}`)
        heldBack.times++
        if (!(Number(answer.headers.get('retry-after')) > 0)) heldBack.withoutRetryAfter++
        await sleep(10 * PAUSE_MS)
      }
      await sleep(PAUSE_MS)
    }
  }

  async function overMqtt(client: MqttClient): Promise<void> {
    const topic = `reg/v1/140105/${ENTERPRISE}/mqtt/cod`
    const one = async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        const i = ++last
        await client.publishAsync(topic, JSON.stringify(reading(i)), { qos: 1 })
        acknowledged.mqtt.add(i)
        await sleep(PAUSE_MS)
      }
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, one))
  }

  const client = await connectAsync(doors.mqtt, { username: 'city/sensors', password: key, reconnectPeriod: 100 })
  const running = Promise.all([overHttp(), overMqtt(client)])
  // Told by `stop`.
  running.catch(() => undefined)
  return {
    acknowledged,
    heldBack,
    async stop() {
      stopping.abort()
      await running
      await client.endAsync()
    },
  }
}
