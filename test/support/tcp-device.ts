import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { until } from './until.ts'

/** A device on a socket of its own, as a test or a benchmark plays it. */
export interface TcpDevice {
  readonly socket: Socket
  /** Everything that came back so far. */
  heard(): string
  send(bytes: string | Uint8Array): void
  /** Waits until the text has come back so many times in all. */
  hears(text: string, times?: number): Promise<void>
  /** Waits until the other side has closed. */
  cutOff(): Promise<void>
  leave(): void
}

export async function tcpDevice(port: number): Promise<TcpDevice> {
  const socket = connect({ port, host: '127.0.0.1' })
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const heard = () => Buffer.concat(chunks).toString('latin1')
  return {
    socket,
    heard,
    send: (bytes) => void socket.write(bytes),
    async hears(text, times = 1) {
      await until(`${text} (${times})`, () => (heard().split(text).length > times ? true : undefined), 20_000)
    },
    async cutOff() {
      await until('the end of the connection', () => (socket.closed || socket.readableEnded ? true : undefined), 20_000)
    },
    leave: () => void socket.destroy(),
  }
}
