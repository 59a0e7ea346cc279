import type { Command } from 'commander'
import { systemClock } from '../../adapters/system-clock.ts'
import { loadPolicySetNamed } from '../policies.ts'
import type { CommandContext } from './command-context.ts'
import { wholeNumber } from './option-values.ts'
import { addPolicyChangeCommands } from './policy-change.ts'
import { checkPolicies } from './policy-check.ts'
import { diffPolicies } from './policy-diff.ts'
import { tryFeed } from './policy-try.ts'

/** `fengsui policy …`: what is asked before a mapping or a rule goes live, and how it does. */
export function addPolicyCommands(program: Command, context: CommandContext): void {
  const { policies, language, exit, print } = context
  const policy = program
    .command('policy')
    .description('规则与字段映射:试用、检查、比较、启用 / rules and mappings: try, check, compare, put in force')

  policy
    .command('try')
    .description('文件的每一行会成为什么,其余为何退回 / what each row of a file becomes, and why others are rejected')
    .argument('<feed>', '数据源 / the feed')
    .argument('<file>', '文件 / the file')
    .option('--set <name>', '规则集 / the policy set', 'city')
    .option('--rows <number>', '显示多少行 / rows that are shown', wholeNumber, 10)
    .option('--json', '每行一条 JSON,末行为汇总 / one JSON line per row, the summary last', false)
    .addHelpText('after', '\n  fengsui policy try penalties examples/penalties.before-2018.csv')
    .action(async (feed: string, file: string, options: { set: string; rows: number; json: boolean }) => {
      const now = systemClock.now()
      const set = loadPolicySetNamed(policies(), options.set)
      const { rejected } = await tryFeed(set, { ...options, feed, file, language, now, print })
      exit(rejected === 0 ? 0 : 1)
    })

  policy
    .command('check')
    .description(
      '整套检查:数据源、规则、代码表、引用、抽查规则 / the whole set: feeds, realm, tables, references, sampling',
    )
    .argument('[set]', '规则集;缺省为全部 / the policy set; all where absent')
    .option('--json', '每个问题一行 JSON / one JSON line per finding', false)
    .addHelpText('after', '\n  fengsui policy check city')
    .action((set: string | undefined, options: { json: boolean }) => {
      exit(checkPolicies(policies(), set, { ...options, language, print }) ? 0 : 1)
    })

  policy
    .command('diff')
    .description('两套规则在含义上的差别 / what differs between two policy sets, in words')
    .argument('<before>', '规则集或其目录 / a policy set, or its folder')
    .argument('<after>', '规则集或其目录 / a policy set, or its folder')
    .option('--json', '每项差别一行 JSON / one JSON line per difference', false)
    .addHelpText('after', '\n  fengsui policy diff city ./city-next\n  fengsui policy diff demo-city city')
    .action((before: string, after: string, options: { json: boolean }) => {
      diffPolicies(policies(), before, after, { ...options, language, print })
    })

  addPolicyChangeCommands(policy, context)
}
