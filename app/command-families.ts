import type { Command } from 'commander'
import type { CommandContext } from './commands/command-context.ts'

interface Family {
  readonly names: readonly string[]
  readonly add: (program: Command, context: CommandContext) => Promise<void>
}

/** In the order in which help tells of them. */
const FAMILIES: readonly Family[] = [
  {
    names: ['start'],
    add: async (program, context) => (await import('./commands/start-command.ts')).addStartCommand(program, context),
  },
  {
    names: ['replay'],
    add: async (program, context) => (await import('./commands/replay-command.ts')).addReplayCommand(program, context),
  },
  {
    names: ['rank'],
    add: async (program, context) => (await import('./commands/rank-command.ts')).addRankCommand(program, context),
  },
  {
    names: ['risk'],
    add: async (program, context) => (await import('./commands/risk.ts')).addRiskCommand(program, context),
  },
  {
    names: ['cells'],
    add: async (program, context) => (await import('./commands/cells.ts')).addCellsCommand(program, context),
  },
  {
    names: ['objections', 'repairs'],
    add: async (program, context) => (await import('./commands/case-commands.ts')).addCaseCommands(program, context),
  },
  {
    names: ['verify'],
    add: async (program, context) => (await import('./commands/verify.ts')).addVerifyCommand(program, context),
  },
  {
    names: ['simulate'],
    add: async (program, context) =>
      (await import('./commands/simulate-command.ts')).addSimulateCommand(program, context),
  },
  {
    names: ['doctor'],
    add: async (program, context) => (await import('./commands/doctor-command.ts')).addDoctorCommand(program, context),
  },
  {
    names: ['bench'],
    add: async (program, context) => (await import('./commands/bench-command.ts')).addBenchCommand(program, context),
  },
  {
    names: ['codes'],
    add: async (program, context) => (await import('./commands/codes.ts')).addCodesCommand(program, context),
  },
  {
    names: ['policy'],
    add: async (program, context) => (await import('./commands/policy.ts')).addPolicyCommands(program, context),
  },
  {
    names: ['rejects', 'identity'],
    add: async (program, context) => (await import('./commands/steward.ts')).addStewardCommands(program, context),
  },
  {
    names: ['operators'],
    add: async (program, context) => (await import('./commands/operators.ts')).addOperatorCommands(program, context),
  },
  {
    names: ['feeds'],
    add: async (program, context) => (await import('./commands/feeds.ts')).addFeedsCommands(program, context),
  },
  {
    names: ['role'],
    add: async (program, context) => (await import('./commands/role-command.ts')).addRoleCommand(program, context),
  },
]

/**
 * Adds the commands that the words may name, and all of them where they name none, as help needs them: reading the
 * programs of every command would take longer than most commands do.
 */
export async function addCommands(program: Command, words: readonly string[], context: CommandContext): Promise<void> {
  const named = FAMILIES.filter(({ names }) => names.some((name) => words.includes(name)))
  for (const { add } of named.length === 0 ? FAMILIES : named) await add(program, context)
}
