import type { Command } from 'commander'
import type { PolicySet } from '../policies.ts'
import type { CommandContext } from './command-context.ts'
import { rank, readAsOf } from './rank.ts'

export function addRankCommand(program: Command, context: CommandContext): void {
  program
    .command('rank')
    .description('某日谁的风险最高 / who was riskiest as of a date, by the scores the stream wrote')
    .requiredOption('--realm <name>', '数据域 / the realm')
    .option('--as-of <date>', '截至何时 / as of; the newest where absent')
    .option('--known <date>', '按何时已知,默认与 --as-of 相同 / by what was known then; that of --as-of where absent')
    .option('--json', '每个主体一行 JSON / one JSON line per enterprise', false)
    .addHelpText('after', '\n  fengsui rank --realm chicago --as-of 2014-09-01 --json')
    .action(async (options: { realm: string; asOf?: string; known?: string; json: boolean }) => {
      const set = context.setOf(options.realm)
      const asOf = readMoment(options.asOf, set)
      const known = readMoment(options.known ?? options.asOf, set)
      const { ports } = await context.openParts()
      for await (const page of rank(ports.history, options.realm, asOf, known)) {
        process.stdout.write(
          page
            .map((row) => (options.json ? `${JSON.stringify(row)}\n` : `${row.score}\t${row.class}\t${row.id}\n`))
            .join(''),
        )
      }
    })
}

function readMoment(text: string | undefined, { realm }: PolicySet): number {
  return text === undefined ? Number.MAX_SAFE_INTEGER : readAsOf(text, realm.zoneOffsetMinutes)
}
