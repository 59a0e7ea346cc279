import type { Command } from 'commander'
import type { Bilingual } from '../../core/bilingual.ts'
import type { ReplaySummary } from '../../ingest/replay/replay.ts'
import { say } from '../language.ts'
import { createProgressBar } from '../progress-bar.ts'
import { splitFeeds } from '../split-feeds.ts'
import type { CommandContext } from './command-context.ts'
import { collect, positive, wordsOf } from './option-values.ts'
import { runReplay } from './replay.ts'

export function addReplayCommand(program: Command, context: CommandContext): void {
  program
    .command('replay')
    .description(
      '把真实记录文件按知悉时间送入一个数据域 / files of real records into a realm, merged by when they became known',
    )
    .requiredOption('--realm <name>', '数据域 / the realm')
    .requiredOption(
      '--feed <name and files...>',
      '数据源与文件,可重复 / a feed and its files; may be repeated',
      collect,
      [],
    )
    .option('--speed <full|factor>', '全速,或每秒多少秒历史 / full, or seconds of history a second', 'full')
    .option('--json', '每个数据源一行 JSON / one JSON line per feed', false)
    .addHelpText(
      'after',
      '\n  fengsui replay --realm chicago --feed chicago-licences licences.csv --feed chicago-inspections inspections.csv',
    )
    .action(async (options: { realm: string; feed: string[]; speed: string; json: boolean }) => {
      const bar = createProgressBar(process.stderr, context.language)
      const summaries = await runReplay(
        context.config(),
        context.policies(),
        {
          realm: options.realm,
          feeds: splitFeeds(wordsOf(program)),
          speed: options.speed === 'full' ? 'full' : positive(options.speed),
          signal: context.stopOnSignals(),
          onProgress: bar.show,
          announce: context.announce,
        },
        context.lifecycle,
      )
      bar.end()
      for (const summary of summaries) {
        const { feed, lines, observations, versions, duplicates, rejects, seconds } = summary
        process.stdout.write(
          options.json
            ? `${JSON.stringify({ feed, lines, observations, versions, duplicates, rejects, seconds })}\n`
            : `${feed}: ${say(sumOf(summary), context.language)}, ${seconds} s\n`,
        )
      }
    })
}

function sumOf({ lines, observations, versions, duplicates, rejects }: ReplaySummary): Bilingual {
  return {
    zh: `${lines} 行 = 监管事实 ${observations} + 新版本 ${versions} + 重复 ${duplicates} + 退回 ${rejects}`,
    en: `${lines} lines = ${observations} observations + ${versions} versions + ${duplicates} duplicates + ${rejects} rejects`,
  }
}
