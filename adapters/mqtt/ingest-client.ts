import { connect, type IClientOptions } from 'mqtt'
import { Refusal } from '../../core/errors.ts'
import type { Clock } from '../../core/time.ts'
import { rebirthCommand } from '../../ingest/decode/sparkplug-payload.ts'
import type { RealmIntake } from '../../ingest/intake-port.ts'
import type { CompiledFeed } from '../../ingest/mapping/compile-feed.ts'
import { createPressureGate } from '../../ingest/pressure-gate.ts'
import { readerOf } from './feed-messages.ts'
import { createGatherer } from './gathered.ts'
import { createLookAhead } from './look-ahead.ts'
import { STATE_TOPIC, stateOf } from './sparkplug-topics.ts'

/** PEM texts: who alone may have signed the broker’s certificate, and what this shows of itself. */
export interface ClientTls {
  readonly authority?: string
  readonly proof?: { readonly certificate: string; readonly key: string }
}

export interface IngestClientOptions {
  /** `mqtt://` or `mqtts://` of a broker that others run. */
  readonly url: string
  readonly username?: string
  readonly password?: string
  readonly tls?: ClientTls
  /** The session's name: the broker keeps for it what comes while this is down. One at a time. */
  readonly clientId: string
  readonly topics: readonly string[]
  readonly feed: CompiledFeed
  readonly intake: RealmIntake
  readonly clock: Clock
  readonly onError: (error: unknown) => void
  /** A message that says nothing, and why. */
  readonly onIgnored: (reason: string) => void
}

export interface IngestClient {
  close(): Promise<void>
}

/**
 * Takes in from any broker at QoS 1, with a session that outlives the connection. A message is acknowledged when it is
 * durable: mqtt.js sends PUBACK when `handleMessage` calls back, one message after the other, in their order. What comes
 * together is made durable together; how much that is, the broker decides by how much it sends unacknowledged. What fails
 * is not acknowledged; the broker sends it again.
 * Errors: `Refusal` where the broker shows a certificate that is not to be trusted, or does not grant QoS 1.
 */
export async function startIngestClient(options: IngestClientOptions): Promise<IngestClient> {
  const { feed, intake, clock } = options
  const isHost = feed.policy.format === 'sparkplug'
  const since = clock.now()
  const client = connect(options.url, {
    clientId: options.clientId,
    clean: false,
    // What the broker kept comes with the first packets: whoever acknowledges has to be there before.
    manualConnect: true,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...tlsOptions(options.tls),
    ...(isHost ? { will: stateWill(since) } : {}),
  })
  const read = readerOf(feed, clock)
  const gate = createPressureGate(intake)
  const gathered = createGatherer(feed, intake)

  async function take(topic: string, payload: Buffer): Promise<void> {
    const { rows, rebirth, ignored } = read(topic, payload)
    if (ignored !== undefined) options.onIgnored(ignored)
    if (rebirth !== undefined) {
      client.publishAsync(rebirth, rebirthCommand(clock.now()), { qos: 0 }).catch(options.onError)
    }
    if (rows.length === 0) return
    await gate.pass(client)
    await new Promise<void>((done, fail) => gathered(rows, (error) => (error === undefined ? done() : fail(error))))
  }
  const ahead = createLookAhead(take)
  const connectPlainly = client.connect.bind(client)
  client.connect = () => {
    connectPlainly()
    ahead.watch(client.stream)
    return client
  }

  client.on('error', options.onError)
  client.handleMessage = (packet, done) => {
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    ahead.taken(packet.topic, payload).then(
      () => done(),
      (error: unknown) => {
        options.onError(error)
        // Unacknowledged; the connection that follows makes the broker send it again.
        client.stream.destroy()
      },
    )
  }
  const connected = new Promise<void>((resolve, reject) => {
    const fail = (error: Error) => isDistrust(error) && reject(error)
    client.on('error', fail)
    client.once('connect', () => {
      client.off('error', fail)
      resolve()
    })
  })
  if (isHost) {
    // At each connection anew: the will of the one before has said that the host is away.
    client.on('connect', () => {
      client.publishAsync(STATE_TOPIC, stateOf(true, since), { qos: 1, retain: true }).catch(options.onError)
    })
  }
  client.connect()
  const { host } = new URL(options.url)
  await connected.catch(async (cause: Error) => {
    await client.endAsync(true)
    throw new Refusal(
      {
        zh: `${host} 出示的证书不可信:${cause.message}`,
        en: `${host} shows a certificate that is not to be trusted: ${cause.message}`,
      },
      { cause },
    )
  })
  const grants = await client.subscribeAsync([...options.topics], { qos: 1 })
  if (grants.some(({ qos }) => qos !== 1)) {
    await client.endAsync(true)
    throw new Refusal({
      zh: `${host} 未对 ${options.topics.join('、')} 给予 QoS 1,消息可能丢失`,
      en: `${host} does not grant QoS 1 for ${options.topics.join(', ')}: messages could be lost`,
    })
  }
  return { close: () => client.endAsync(true) }
}

function tlsOptions({ authority, proof }: ClientTls = {}): IClientOptions {
  return {
    ...(authority === undefined ? {} : { ca: authority }),
    ...(proof === undefined ? {} : { cert: proof.certificate, key: proof.key }),
  }
}

/** Codes under which Node.js says what is wrong with the certificate of whoever was called. */
const DISTRUST = /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA$|HOSTNAME_MISMATCH$|ERR_TLS_CERT_)/

function isDistrust(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && DISTRUST.test(error.code)
}

function stateWill(since: number): NonNullable<IClientOptions['will']> {
  return { topic: STATE_TOPIC, payload: stateOf(false, since), qos: 1, retain: true }
}
