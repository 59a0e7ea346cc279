import type { Command } from 'commander'
import { openCases } from '../cases.ts'
import { secret } from '../embedded/data-folder.ts'
import type { CommandContext } from './command-context.ts'
import { addObjectionCommands, type CaseCommandParts } from './objections.ts'
import { addRepairCommands } from './repairs.ts'

/** `fengsui objections …`, `fengsui repairs …`. */
export function addCaseCommands(program: Command, context: CommandContext): void {
  const parts: CaseCommandParts = {
    print: context.print,
    async open(realm) {
      const set = context.setOf(realm)
      const { session, ports } = await context.openParts()
      const personalKey = secret(session.folder, 'personal')
      return {
        set,
        personalKey,
        cases: await openCases({ ports, policiesFolder: context.policies(), personalKey }, set),
      }
    },
  }
  addObjectionCommands(program, parts)
  addRepairCommands(program, parts)
}
