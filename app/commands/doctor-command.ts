import type { Command } from 'commander'
import type { Role } from '../config.ts'
import { say } from '../language.ts'
import type { CommandContext } from './command-context.ts'
import { examine } from './doctor.ts'
import { readRole } from './option-values.ts'

const MARKS = { ok: '✓', note: '·', failed: '✗' } as const

export function addDoctorCommand(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('自检:数据目录、存储、角色与数据源 / whether folder, stores, roles and feeds are well')
    .option('--role <name>', '只检查本机的一个角色 / one role of this machine alone', readRole)
    .option('--json', '每项检查一行 JSON / one JSON line per check', false)
    .addHelpText('after', '\n  fengsui doctor --data /srv/fengsui')
    .action(async (options: { role?: Role; json: boolean }) => {
      const checks = await examine(context.config(), options.role)
      for (const check of checks) {
        const line = options.json ? JSON.stringify(check) : `${MARKS[check.state]} ${say(check.text, context.language)}`
        process.stdout.write(`${line}\n`)
      }
      if (checks.some(({ state }) => state === 'failed')) context.exit(1)
    })
}
