import type { Command } from 'commander'
import { addIdentityCommands } from './identity.ts'
import { addRejectCommands } from './rejects.ts'
import type { StewardTools } from './steward-tools.ts'

/** `fengsui rejects …`, `fengsui identity …`. */
export function addStewardCommands(program: Command, tools: StewardTools): void {
  addRejectCommands(program, tools)
  addIdentityCommands(program, tools)
}
