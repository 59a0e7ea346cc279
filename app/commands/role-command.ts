import type { Command } from 'commander'
import { ROLES } from '../config.ts'
import { runRoles } from '../role-process.ts'
import type { CommandContext } from './command-context.ts'
import { readRole } from './option-values.ts'

/** What a supervisor starts: roles in a process of their own. */
export function addRoleCommand(program: Command, context: CommandContext): void {
  program
    .command('role', { hidden: true })
    .argument('<roles...>', ROLES.join(', '))
    .action(async (roles: string[]) => {
      context.exit((await runRoles(roles.map(readRole), context.config(), context.policies())) === 0 ? 0 : 1)
    })
}
