import type { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { addIdentityCommands } from './identity.ts'
import { addRejectCommands } from './rejects.ts'

/** `fengsui rejects …`, `fengsui identity …`. */
export function addStewardCommands(program: Command, tools: CommandContext): void {
  addRejectCommands(program, tools)
  addIdentityCommands(program, tools)
}
