import { connect, type MqttClient } from 'mqtt'
import { Refusal } from '../core/errors.ts'
import type { Clock } from '../core/time.ts'
import type { FeedName } from './feeds/feed.ts'
import { bodyOf } from './headers.ts'

/** Time as the simulation's sender sees it; waits end early, without an error, when `signal` is aborted. */
export interface PacingClock extends Clock {
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** What the front door said of what was sent, added up. */
export interface Tally {
  readonly lines: number
  readonly observations: number
  readonly versions: number
  readonly duplicates: number
  readonly rejects: number
}

export interface SendOptions {
  /** `http://127.0.0.1:8711` */
  readonly url: string
  /** Live sensor readings go there, one message each; over HTTP where absent. */
  readonly mqttUrl?: string
  readonly realm: string
  /** `realm/feed` → key. */
  readonly keys: Readonly<Record<string, string>>
  readonly clock: PacingClock
  readonly signal: AbortSignal
  /** Told before a wait: why, and for how long. */
  readonly onWait: (reason: 'back-pressure' | 'unreachable', seconds: number) => void
}

export interface Sender {
  /** All lines of one feed, in bodies of `LINES_PER_BODY`, one after another; resolves when the last is durable. */
  rows(feed: FeedName, lines: readonly string[], bulk: boolean): Promise<Tally>
  /** Sensor readings, a message each; resolves when the broker has acknowledged all. */
  readings(lines: readonly string[]): Promise<Tally>
  progress(body: { until: number; feeds: readonly FeedName[]; closed: boolean }): Promise<void>
  /** How far the realm is complete, UTC ms; 0 where nothing has been sent yet. */
  until(): Promise<number>
  close(): Promise<void>
}

export const LINES_PER_BODY = 5000
export const NO_TALLY: Tally = { lines: 0, observations: 0, versions: 0, duplicates: 0, rejects: 0 }
const RETRY_UNREACHABLE_S = 1
const BUSY = new Set([429, 503])

export function addTally(left: Tally, right: Tally): Tally {
  return {
    lines: left.lines + right.lines,
    observations: left.observations + right.observations,
    versions: left.versions + right.versions,
    duplicates: left.duplicates + right.duplicates,
    rejects: left.rejects + right.rejects,
  }
}

/**
 * Speaks through the front doors only. Waits as long as it is told to (Retry-After), and goes on asking while nobody
 * answers: what is sent twice is deduplicated there by its natural keys.
 * Errors: `Refusal` where a door says no for good (wrong key, unknown feed); the abort reason once `signal` is aborted.
 */
export function createSender(options: SendOptions): Sender {
  const { url, realm, keys, clock, signal } = options
  let broker: MqttClient | undefined
  const ended = new AbortController()
  const over = AbortSignal.any([signal, ended.signal])

  function keyOf(feed: string): string {
    const key = keys[`${realm}/${feed}`]
    if (key === undefined)
      throw new Refusal({
        zh: `数据源 ${realm}/${feed} 没有密钥:请先启动一次接入角色(ingest),由它生成`,
        en: `No key for the feed ${realm}/${feed}: start the ingest role once, it makes them.`,
      })
    return key
  }

  async function pause(reason: 'back-pressure' | 'unreachable', seconds: number): Promise<void> {
    options.onWait(reason, seconds)
    await clock.wait(seconds * 1000, signal)
    signal.throwIfAborted()
  }

  async function ask(path: string, key: string, init: RequestInit): Promise<unknown> {
    for (;;) {
      signal.throwIfAborted()
      const headers = { ...init.headers, authorization: `Bearer ${key}` }
      const answer = await fetch(`${url}${path}`, { ...init, headers, signal }).catch(unreachable)
      if (answer === undefined) {
        await pause('unreachable', RETRY_UNREACHABLE_S)
        continue
      }
      if (answer.ok) return await answer.json()
      const text = await answer.text()
      if (!BUSY.has(answer.status))
        throw new Refusal({
          zh: `${url}${path} 的回答是 ${answer.status}:${text.slice(0, 500)}`,
          en: `${url}${path} answered ${answer.status}: ${text.slice(0, 500)}`,
        })
      await pause('back-pressure', Math.max(1, Number(answer.headers.get('retry-after')) || 1))
    }
  }

  /** Connects in the background and again after every cut; what is published meanwhile waits and is sent again. */
  function openBroker(to: string): MqttClient {
    const client = connect(to, {
      username: `${realm}/sensors`,
      password: keyOf('sensors'),
      reconnectPeriod: RETRY_UNREACHABLE_S * 1000,
    })
    client.on('error', (error) => {
      const code = 'code' in error ? error.code : undefined
      if (typeof code === 'number')
        ended.abort(
          new Refusal({
            zh: `${to} 拒绝 ${realm}/sensors(MQTT 原因码 ${code}),请核对其密钥`,
            en: `${to} refuses ${realm}/sensors (MQTT reason ${code}): is its key right?`,
          }),
        )
      else options.onWait('unreachable', RETRY_UNREACHABLE_S)
    })
    return client
  }

  /** The work's end, or the abort's reason where that comes first. */
  async function unlessOver<Value>(work: Promise<Value>): Promise<Value> {
    over.throwIfAborted()
    let stop = () => {}
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(over.reason)
    })
    over.addEventListener('abort', stop, { once: true })
    try {
      return await Promise.race([work, aborted])
    } finally {
      over.removeEventListener('abort', stop)
    }
  }

  return {
    async rows(feed, lines, bulk) {
      let tally = NO_TALLY
      for (let from = 0; from < lines.length; from += LINES_PER_BODY) {
        const { type, text } = bodyOf(feed, lines.slice(from, from + LINES_PER_BODY))
        const headers = { 'content-type': type, ...(bulk ? { 'x-fengsui-bulk': '1' } : {}) }
        const said = await ask(`/ingest/${realm}/${feed}`, keyOf(feed), { method: 'POST', headers, body: text })
        tally = addTally(tally, said as Tally)
      }
      return tally
    },
    async readings(lines) {
      if (options.mqttUrl === undefined) return await this.rows('sensors', lines, false)
      broker ??= openBroker(options.mqttUrl)
      const client = broker
      await unlessOver(Promise.all(lines.map((line) => client.publishAsync(...messageOf(line), { qos: 1 }))))
      // The broker acknowledges what is durable and does not say what became of it.
      return { ...NO_TALLY, lines: lines.length, observations: lines.length }
    },
    async progress(body) {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      await ask(`/ingest/${realm}/progress`, keyOf('registry'), init)
    },
    async until() {
      const said = (await ask(`/ingest/${realm}/progress`, keyOf('registry'), {})) as { until: number }
      return said.until
    },
    async close() {
      await broker?.endAsync(over.aborted)
    },
  }
}

/** A reading's line as the topic and payload of its message. */
export function messageOf(line: string): [topic: string, payload: string] {
  const { t, v, q, device, metric, subject, region } = JSON.parse(line) as Record<string, string | number>
  return [`reg/v1/${region}/${subject}/${device}/${metric}`, JSON.stringify({ t, v, q })]
}

/** Codes of sockets that nobody answers on, or that were cut: all may pass. */
const TRANSIENT = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
])

function unreachable(error: unknown): undefined {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (!TRANSIENT.has(code)) throw error
  return undefined
}
