import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Aedes, type Client } from 'aedes'
import { createOccurrences } from '../../ingest/ingest-batch.ts'
import { isKey, type RegisteredFeed, type RegisteredRealm, type Registry } from '../../ingest/registry.ts'
import { rowsOfMessage } from './topic-row.ts'

export interface IngestBrokerOptions {
  readonly registry: Registry
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** A message that could not be made durable: its sender was cut off, and sends it again when it comes back. */
  readonly onNotTaken: (error: unknown) => void
}

export interface IngestBroker {
  readonly url: string
  close(): Promise<void>
}

interface Sender {
  readonly realm: RegisteredRealm
  readonly feed: RegisteredFeed
}

/** A sender that gathers in the dark holds its own memory only; so many connections are more than a city's gateways. */
const MOST_CONNECTIONS = 2_000

/**
 * A broker that takes in and hands nothing out. A sender's user name is `realm/feed`, its password the feed's key.
 * aedes answers PUBACK (and PUBREC) only after `authorizePublish` has called back, and reads on from a connection only
 * when all of what it read before is done: so the message is made durable there, and slow storage slows senders down.
 */
export async function startIngestBroker(options: IngestBrokerOptions): Promise<IngestBroker> {
  const senders = new WeakMap<Client, Sender>()
  const broker = await Aedes.createBroker({
    authenticate(client, username, password, done) {
      const sender = findSender(options.registry, username, password)
      if (sender !== undefined) senders.set(client, sender)
      done(null, sender !== undefined)
    },

    authorizePublish(client, packet, done) {
      const sender = client === null ? undefined : senders.get(client)
      if (sender === undefined) return done(new Error('only feeds publish here'))
      // Kept for later subscribers it would only fill memory: there are none.
      packet.retain = false
      takeIn(sender, packet.topic, payloadOf(packet.payload)).then(
        () => done(null),
        (error: unknown) => {
          options.onNotTaken(error)
          done(error instanceof Error ? error : new Error(String(error)))
        },
      )
    },

    authorizeSubscribe(_client, _subscription, done) {
      done(null, null)
    },
  })

  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    broker.handle(socket)
  })
  server.maxConnections = MOST_CONNECTIONS
  server.listen(options.port, options.host)
  await once(server, 'listening')
  const { address, port } = server.address() as AddressInfo

  return {
    url: `mqtt://${address}:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await new Promise<void>((resolve) => broker.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

async function takeIn({ realm, feed }: Sender, topic: string, payload: Buffer): Promise<void> {
  await realm.intake.submit({
    feed: feed.compiled,
    source: `mqtt:${topic}`,
    rows: rowsOfMessage(feed.compiled, topic, payload),
    bulk: false,
    occurrence: createOccurrences(),
  })
}

function findSender(
  registry: Registry,
  username: string | undefined,
  password: Buffer | undefined,
): Sender | undefined {
  const [realmName = '', feedName = '', ...rest] = (username ?? '').split('/')
  const realm = registry.get(realmName)
  const feed = realm?.feeds.get(feedName)
  if (realm === undefined || feed === undefined || rest.length > 0) return undefined
  return isKey(password?.toString() ?? '', feed.key) ? { realm, feed } : undefined
}

function payloadOf(payload: string | Buffer): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload) : payload
}
