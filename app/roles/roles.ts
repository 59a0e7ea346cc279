import type { Role } from '../config.ts'
import { startAlert } from './alert.ts'
import { startBoard } from './board.ts'
import { startIngest } from './ingest.ts'
import { startInspect } from './inspect.ts'
import { startProcess } from './process.ts'
import { startReceiver } from './receiver.ts'
import type { StartRole } from './role.ts'

export const ROLE_STARTERS: Readonly<Record<Role, StartRole>> = {
  ingest: startIngest,
  process: startProcess,
  alert: startAlert,
  inspect: startInspect,
  board: startBoard,
  receiver: startReceiver,
}
