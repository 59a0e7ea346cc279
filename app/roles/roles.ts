import type { Role } from '../config.ts'
import type { StartRole } from './role.ts'

/** A process reads the programs of its own roles alone: all of them take a third of a command’s start. */
export const ROLE_STARTERS: Readonly<Record<Role, StartRole>> = {
  ingest: async (context) => (await import('./ingest.ts')).startIngest(context),
  process: async (context) => (await import('./process.ts')).startProcess(context),
  alert: async (context) => (await import('./alert.ts')).startAlert(context),
  inspect: async (context) => (await import('./inspect.ts')).startInspect(context),
  board: async (context) => (await import('./board.ts')).startBoard(context),
  receiver: async (context) => (await import('./receiver.ts')).startReceiver(context),
}
