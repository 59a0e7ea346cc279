import type { Socket } from 'node:net'
import { Aedes, type Client, type PublishPacket } from 'aedes'
import type { Clock } from '../../core/time.ts'
import { rebirthCommand } from '../../ingest/decode/sparkplug-payload.ts'
import { createPressureGate, type PressureGate } from '../../ingest/pressure-gate.ts'
import { isKey, type RegisteredFeed, type Registry } from '../../ingest/registry.ts'
import { type CertifiedFeeds, commonNameOf, type DoorTls } from '../tls/door-tls.ts'
import { startBrokerListener } from './broker-listener.ts'
import { comesOverMqtt, type ReadMessage, readerOf } from './feed-messages.ts'
import { createGatherer, type TakeMessage } from './gathered.ts'
import { mayEdgeSubscribe, STATE_TOPIC, stateOf } from './sparkplug-topics.ts'

export interface IngestBrokerOptions {
  readonly registry: Registry
  readonly clock: Clock
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** A second address, over TLS; with an authority of its own, senders prove themselves by certificates. */
  readonly tls?: DoorTls & { readonly port: number }
  /** A message that could not be made durable: its sender was cut off, and sends it again when it comes back. */
  readonly onNotTaken: (error: unknown) => void
  /** A message that says nothing, and why. */
  readonly onIgnored: (reason: string) => void
}

export interface IngestBroker {
  readonly url: string
  readonly tlsUrl: string | undefined
  close(): Promise<void>
}

interface Sender {
  readonly feed: RegisteredFeed
  readonly read: ReadMessage
  readonly take: TakeMessage
  readonly gate: PressureGate
}

const MOST_SUBSCRIPTIONS = 16

/**
 * A broker that takes in and hands out nothing but commands to edge nodes of Sparkplug. A sender's user name is
 * `realm/feed`, its password the feed's key; a certificate that is good for the feed needs none. aedes answers PUBACK (and PUBREC) only after `authorizePublish` has called
 * back, and reads on from a connection only when all of what it read before is done: so the message is made durable
 * there, and slow storage slows senders down.
 */
export async function startIngestBroker(options: IngestBrokerOptions): Promise<IngestBroker> {
  const { registry, clock } = options
  const findSender = createSenders(registry, clock, options.tls?.certified)
  const senders = new WeakMap<Client, Sender>()
  const subscriptions = new WeakMap<Client, number>()
  const broker = await Aedes.createBroker({
    authenticate(client, username, password, done) {
      const sender = findSender(username, password, commonNameOf(client.conn))
      if (sender !== undefined) senders.set(client, sender)
      done(null, sender !== undefined)
    },

    authorizePublish(client, packet, done) {
      const sender = client === null ? undefined : senders.get(client)
      if (client === null || sender === undefined) return done(new Error('only feeds publish here'))
      const { topic } = packet
      const payload = payloadOf(packet.payload)
      if (client.closed && sender.gate.holds(client)) {
        options.onIgnored(`${topic}: a will while this side kept the connection waiting says nothing of its sender`)
        return done(null)
      }
      const { rows, rebirth, ignored } = sender.read(topic, payload)
      if (ignored !== undefined) options.onIgnored(ignored)
      if (rebirth !== undefined) publish(rebirth, rebirthCommand(clock.now()), false)
      if (rows.length === 0) return done(null)
      const told = (error?: unknown) => {
        if (error === undefined) return done(null)
        options.onNotTaken(error)
        done(error instanceof Error ? error : new Error(String(error)))
      }
      // A will comes after its connection has ended, and waits in nobody's name.
      const passed = sender.gate.pass(client.closed ? packet : client)
      if (passed === true) return sender.take(rows, told)
      passed.then((room) => (room ? sender.take(rows, told) : done(new Error('the connection has ended'))), told)
    },

    authorizeSubscribe(client, subscription, done) {
      const isEdge = client !== null && senders.get(client)?.feed.compiled.policy.format === 'sparkplug'
      const before = client === null ? MOST_SUBSCRIPTIONS : (subscriptions.get(client) ?? 0)
      const isAllowed = isEdge && before < MOST_SUBSCRIPTIONS && mayEdgeSubscribe(subscription.topic)
      if (client !== null && isAllowed) subscriptions.set(client, before + 1)
      done(null, isAllowed ? subscription : null)
    },
  })
  handOutNothingOf(broker)
  broker.on('clientDisconnect', (client) => senders.get(client)?.gate.leave(client))

  function publish(topic: string, payload: Buffer, retain: boolean): void {
    broker.publish({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain }, (error) => {
      if (error) options.onNotTaken(error)
    })
  }
  publish(STATE_TOPIC, stateOf(true, clock.now()), true)

  const { host, port, tls } = options
  const onConnection = (socket: Socket) => void broker.handle(socket)
  const open = await startBrokerListener({ host, port, onConnection })
  const secure = tls && (await startBrokerListener({ host, port: tls.port, tls, onConnection }))
  const listeners = secure === undefined ? [open] : [open, secure]

  return {
    url: open.url,
    tlsUrl: secure?.url,
    async close() {
      for (const listener of listeners) listener.stop()
      await new Promise<void>((resolve) => broker.close(resolve))
      await Promise.all(listeners.map((listener) => listener.end()))
    },
  }
}

type Told = (error?: Error) => void

/**
 * What clients publish is for nobody: whoever holds the key of a feed must not command another's devices, and to look up
 * who could want a message costs more than to read it. aedes calls with the client for those, without for its own.
 */
function handOutNothingOf(broker: Aedes): void {
  const publish = broker.publish.bind(broker)
  broker.publish = (packet: PublishPacket, client: Client | Told, done?: Told) => {
    if (typeof client === 'function') publish(packet, client)
    else done?.()
  }
}

/** Who a user name and a password stand for. One reader for each feed, as its sessions outlive a connection. */
function createSenders(registry: Registry, clock: Clock, certified: CertifiedFeeds | undefined) {
  const known = new Map<string, Sender>()
  for (const [realmName, realm] of registry) {
    const gate = createPressureGate(realm.intake)
    for (const [feedName, feed] of realm.feeds) {
      if (!comesOverMqtt(feed.compiled)) continue
      const take = createGatherer(feed.compiled, realm.intake)
      known.set(`${realmName}/${feedName}`, { feed, gate, take, read: readerOf(feed.compiled, clock) })
    }
  }
  return (username = '', password: Buffer | undefined, commonName = ''): Sender | undefined => {
    const sender = known.get(username)
    if (sender === undefined || certified?.get(commonName)?.has(username) === true) return sender
    return isKey(password?.toString() ?? '', sender.feed.key) ? sender : undefined
  }
}

function payloadOf(payload: string | Buffer): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload) : payload
}
