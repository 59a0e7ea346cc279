import type { Command } from 'commander'
import type { History } from '../../core/history.ts'
import { toLocalIso } from '../../core/time.ts'

import { say } from '../language.ts'
import type { CommandContext } from './command-context.ts'
import { lateness } from './feeds-lateness.ts'
import { readAsOf } from './rank.ts'

/** `fengsui feeds …`: what a data steward asks about feeds. */
export function addFeedsCommands(program: Command, parts: CommandContext): void {
  const feeds = program.command('feeds').description('数据源的质量 / how good the feeds are')
  feeds
    .command('lateness')
    .description('公示及时率:各部门、各类行为从作出决定到公示的工作日 / working days from decision to publicity')
    .requiredOption('--realm <name>', '数据域 / the realm')
    .option('--since <date>', '此日起作出的决定 / acts decided from this date on')
    .option('--json', '每组一行 JSON / one JSON line per authority and act', false)
    .addHelpText('after', '\n  fengsui feeds lateness --realm city --since 2026-01-01 --json')
    .action(async (options: { realm: string; since?: string; json: boolean }) => {
      const { realm } = parts.setOf(options.realm)
      const since = options.since === undefined ? 0 : readAsOf(options.since, realm.zoneOffsetMinutes)
      const rows = await lateness(await parts.openHistory(), realm, since)
      if (options.json) {
        for (const row of rows) parts.print(JSON.stringify(row))
        return
      }
      for (const clock of realm.publication ?? []) {
        parts.print(`${say(clock.name, parts.language)} (≤ ${clock.workingDays}; ${clock.source})`)
        for (const row of rows.filter((one) => one.clock === clock.id)) {
          const share = `${(row.onTimePerMille / 10).toFixed(1)} %`
          const name = [row.feed, row.authority, row.kind, row.act].filter((part) => part !== '').join(' / ')
          const provisional = row.provisional === 0 ? '' : say(provisionalText(row.provisional), parts.language)
          const measured = `${row.onTime}/${row.acts}\t${row.median} / ${row.p90} / ${row.worst}`
          parts.print(`  ${share}\t${measured}\t${name}${provisional}`)
        }
      }
    })

  feeds
    .command('states')
    .description('数据源状态的变化,出自日志 / how feeds changed their state, out of the log')
    .requiredOption('--realm <name>', '数据域 / the realm')
    .option('--feed <name>', '只看一个数据源 / one feed alone')
    .option('--json', '每次变化一行 JSON / one JSON line per change', false)
    .addHelpText('after', '\n  fengsui feeds states --realm city --feed social-insurance')
    .action(async (options: { realm: string; feed?: string; json: boolean }) => {
      const { realm } = parts.setOf(options.realm)
      for (const turn of await feedTurns(await parts.openHistory(), options.realm, options.feed)) {
        const { feed, from, to, at } = turn
        parts.print(
          options.json ? JSON.stringify(turn) : `${toLocalIso(at, realm.zoneOffsetMinutes)}\t${feed}\t${from} → ${to}`,
        )
      }
    })
}

const provisionalText = (count: number) => ({
  zh: `\t其中 ${count} 件超出已公布的放假安排,为暂计`,
  en: `\t${count} reach beyond the published calendar: provisional`,
})

export interface FeedTurned {
  readonly feed: string
  readonly from: string
  readonly to: string
  /** UTC ms of the realm's clock. */
  readonly at: number
}

const TURNS_SHOWN = 1_000

/** The newest changes of state, oldest of them first, at most a thousand. */
async function feedTurns(history: History, realm: string, feed: string | undefined): Promise<readonly FeedTurned[]> {
  const prefix = feed === undefined ? 'feed-state/' : `feed-state/${feed}/`
  const rows = await history.query<{ body: string }>(
    `SELECT body FROM decisions FINAL
      WHERE realm = {realm:String} AND type = 'feed-state' AND startsWith(id, {prefix:String})
      ORDER BY at DESC, id LIMIT ${TURNS_SHOWN}`,
    { realm, prefix },
  )
  return rows.toReversed().map(({ body }): FeedTurned => {
    const { feed: turned, from, to, at } = JSON.parse(body)
    return { feed: turned, from, to, at }
  })
}
