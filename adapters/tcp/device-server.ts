import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createAdmission } from './admission.ts'
import { type ConnectionOptions, serveConnection } from './connection.ts'
import { DEVICE_LIMITS, type DeviceLimits } from './device-limits.ts'
import { createGate } from './gate.ts'

export interface DeviceServerOptions extends Omit<ConnectionOptions, 'limits' | 'together' | 'admission'> {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  readonly limits?: Partial<DeviceLimits>
}

export interface DeviceServer {
  readonly port: number
  close(): Promise<void>
}

const ELAPSE_EVERY_MS = 5_000
/** A device's frames are short; what the kernel holds beyond this holds the device back. */
const READ_BYTES = 16 * 1024
const KEEP_ALIVE_MS = 60_000

/**
 * A front door for devices that keep a connection. What a device sends is answered once it is durable; while too much of
 * it is on its way, or the log holds more than it should, the connection is not read, and TCP slows the device down.
 */
export async function startDeviceServer(options: DeviceServerOptions): Promise<DeviceServer> {
  const limits = { ...DEVICE_LIMITS, ...options.limits }
  const together = createGate(limits.frames)
  const admission = createAdmission(limits)
  const open = new Map<Socket, { elapse(): void; readonly done: Promise<void> }>()
  const server = createServer({
    allowHalfOpen: true,
    highWaterMark: READ_BYTES,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    noDelay: true,
    // Read when it is their turn.
    pauseOnConnect: true,
  })
  server.maxConnections = limits.connections
  server.on('drop', () => options.onRefused('too-many', ''))
  server.on('connection', (socket) => {
    const connection = serveConnection(socket, { ...options, limits, together, admission })
    open.set(socket, connection)
    connection.done.then(
      () => open.delete(socket),
      (error: unknown) => {
        open.delete(socket)
        options.onNotTaken(error)
      },
    )
  })
  // All devices come back at once after an outage; the kernel has its own, lower bound.
  server.listen({ port: options.port, host: options.host, backlog: limits.connections })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const elapsing = setInterval(() => {
    for (const connection of open.values()) connection.elapse()
  }, ELAPSE_EVERY_MS)

  return {
    port,
    async close() {
      clearInterval(elapsing)
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      const done = [...open.values()].map((connection) => connection.done)
      for (const socket of open.keys()) socket.destroy()
      await Promise.allSettled(done)
      await closed
    },
  }
}
