import type { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { positive, wholeNumber } from './option-values.ts'
import { runSimulate, writeExamples } from './simulate.ts'

export function addSimulateCommand(program: Command, context: CommandContext): void {
  program
    .command('simulate')
    .description('模拟城市,经由真实入口发送 / the simulated city, sent through the real front doors')
    .option('--enterprises <number>', '市场主体数 / enterprises', wholeNumber, 20_000)
    .option('--speed <factor>', '模拟时间倍速 / simulated seconds a second', positive, 720)
    .option('--seed <number>', '种子 / seed', wholeNumber, 1)
    .option('--truth <file>', '埋设的真相写入何处 / where the planted truth goes')
    .option('--examples <folder>', '只写出各数据源的示例文件 / only write a small file of every feed there')
    .addHelpText('after', '\n  fengsui simulate --enterprises 5000 --speed 3600 --truth truth.ndjson')
    .action(
      async (options: { enterprises: number; speed: number; seed: number; truth?: string; examples?: string }) => {
        if (options.examples === undefined) {
          await runSimulate(context.config(), { ...options, signal: context.stopOnSignals(), print: context.announce })
        } else for (const file of writeExamples(options.examples)) process.stdout.write(`${file}\n`)
      },
    )
}
