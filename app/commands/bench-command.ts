import type { Command } from 'commander'
import { runBenchCommand } from './bench.ts'
import type { CommandContext } from './command-context.ts'
import { positive } from './option-values.ts'

export function addBenchCommand(program: Command, context: CommandContext): void {
  program
    .command('bench')
    .description('测量速度与占用 / measure speed and memory, with private parts in temporary folders')
    .option('--only <name>', '只测名称以此开头的指标 / only figures whose names begin so')
    .option('--seconds <number>', '每段测量的大致时长 / about how long each stretch should take', positive, 20)
    .option('--rate <number>', '测时延时每秒行数 / rows a second at which latency is measured', positive, 1_000)
    .option('--json', '每个指标一行 JSON / one JSON line per figure', false)
    .addHelpText('after', '\n  fengsui bench --only path.embedded --seconds 10')
    .action(async (options: { only?: string; seconds: number; rate: number; json: boolean }) => {
      const { only, seconds, rate, json } = options
      const { print, announce } = context
      const signal = context.stopOnSignals()
      await runBenchCommand(context.policies(), { only, seconds, rate, json, signal, print, announce })
    })
}
