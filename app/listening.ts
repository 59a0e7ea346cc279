import { Refusal } from '../core/errors.ts'

/** Starts what listens on a port, and says in one sentence when the port cannot be had. */
export async function listening<Server>(port: number, start: () => Promise<Server>): Promise<Server> {
  try {
    return await start()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE')
      throw new Refusal(`Port ${port} is in use: stop what listens there, or choose another with --port.`)
    if (code === 'EACCES')
      throw new Refusal(`Port ${port} may not be opened by this user: choose one above 1023 with --port.`)
    throw error
  }
}
