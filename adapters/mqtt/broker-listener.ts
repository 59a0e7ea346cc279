import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { type DoorTls, secureContext } from '../tls/door-tls.ts'

export interface BrokerListener {
  readonly url: string
  /** No further connections. */
  stop(): void
  /** Ends those that are left; resolves when all have gone. */
  end(): Promise<void>
}

export interface ListenerOptions {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  readonly tls?: DoorTls
  readonly onConnection: (socket: Socket) => void
}

/** A sender that gathers in the dark holds its own memory only; so many connections are more than a city's gateways. */
const MOST_CONNECTIONS = 2_000
/** Who has connected over TLS proves itself by then, milliseconds. */
const HANDSHAKE_MS = 10_000

/** One address at which the broker is spoken to, in the clear or over TLS. */
export async function startBrokerListener({ host, port, tls, onConnection }: ListenerOptions): Promise<BrokerListener> {
  const server: Server =
    tls === undefined
      ? createServer(onConnection)
      : createTlsServer({ ...secureContext(tls), handshakeTimeout: HANDSHAKE_MS }, onConnection)
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.maxConnections = MOST_CONNECTIONS
  server.listen(port, host)
  await once(server, 'listening')
  const bound = server.address() as AddressInfo
  const closed = once(server, 'close')
  return {
    url: `${tls === undefined ? 'mqtt' : 'mqtts'}://${bound.address}:${bound.port}`,
    stop: () => void server.close(),
    async end() {
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
