import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Below what systems give to outgoing connections and to port 0, so that only a server that asks for one has one. */
const FIRST = 20_000
const LAST = 32_000

/**
 * Loopback ports in a row that are free: `start --port` takes four of them. They are drawn by lot, as somebody else may
 * look for some before these are taken.
 */
export async function freePorts(count = 4): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST - count)
    const taken: Server[] = []
    try {
      for (let next = 0; next < count; next++) taken.push((await listen(port + next))[0])
      return port
    } catch (error) {
      // One of the row is taken: another row.
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    } finally {
      for (const server of taken) {
        server.close()
        await once(server, 'close')
      }
    }
  }
}

/** Holds a port until it is closed. */
export async function listen(port: number): Promise<[Server, number]> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port on the loopback')
  return [server, address.port]
}
