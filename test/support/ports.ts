import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Loopback ports in a row that were free a moment ago: `start --port` takes four of them. */
export async function freePorts(count = 4): Promise<number> {
  for (;;) {
    const [first, port] = await listen(0)
    const taken: Server[] = [first]
    try {
      for (let next = 1; next < count; next++) taken.push((await listen(port + next))[0])
      return port
    } catch {
      // One of the row is taken: another row.
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
