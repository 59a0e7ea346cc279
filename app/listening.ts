import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Refusal } from '../core/errors.ts'

/** Starts what listens on a port, or on others beside it, and says in one sentence which of them cannot be had. */
export async function listening<Server>(port: number, start: () => Promise<Server>): Promise<Server> {
  try {
    return await start()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const wanted = error instanceof Error && 'port' in error ? error.port : port
    if (code === 'EADDRINUSE')
      throw new Refusal({
        zh: `端口 ${wanted} 已被占用,请停掉占用者,或用 --port 另选`,
        en: `Port ${wanted} is in use: stop what listens there, or choose another with --port.`,
      })
    if (code === 'EACCES')
      throw new Refusal({
        zh: `端口 ${wanted} 不允许当前用户打开,请用 --port 选 1023 以上的`,
        en: `Port ${wanted} may not be opened by this user: choose one above 1023 with --port.`,
      })
    throw error
  }
}

/**
 * Refuses a port that cannot be had before anything else is started; 0 is any port. Roles of a supervisor that was
 * killed need a moment to see it and leave: `patienceMs` is how long they are given.
 */
export async function checkPorts(host: string, ports: readonly number[], patienceMs: number): Promise<void> {
  const until = performance.now() + patienceMs
  for (const port of ports.filter((one) => one !== 0)) {
    for (;;) {
      try {
        await listening(port, () => tryPort(host, port))
        break
      } catch (error) {
        if (!(error instanceof Refusal) || performance.now() > until) throw error
        await delay(250)
      }
    }
  }
}

/** A port that nobody listens on at this moment. */
export function freePort(host: string): Promise<number> {
  return tryPort(host, 0)
}

/** Answers the port that was listened on. */
async function tryPort(host: string, port: number): Promise<number> {
  const server = createServer()
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('listened on no port')
  return address.port
}
