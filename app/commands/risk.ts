import type { Command } from 'commander'
import { Refusal } from '../../core/errors.ts'
import { AS_KNOWN_NOW, riskOn } from '../../core/risk-history.ts'
import { toLocalIso } from '../../core/time.ts'
import type { CommandContext } from './command-context.ts'
import { readAsOf } from './rank.ts'

interface RiskOptions {
  readonly realm: string
  readonly enterprise: string
  readonly on?: string
  readonly known?: string
  readonly json: boolean
}

/** `fengsui risk`: one enterprise on one date, as it was known on another. */
export function addRiskCommand(program: Command, { setOf, openHistory, print }: CommandContext): void {
  program
    .command('risk')
    .description('某主体某日的风险,按另一日已知 / the risk of one enterprise on a date, as it was known on another')
    .requiredOption('--realm <name>', '数据域 / the realm')
    .requiredOption('--enterprise <id>', '主体,如 uscc:91140105MA0T100092 / the enterprise')
    .option('--on <date>', '何日的风险,默认为最新 / the date asked about; the newest where absent')
    .option('--known <date>', '按何时已知,默认与 --on 相同 / by what was known then; that of --on where absent')
    .option('--json', 'JSON', false)
    .addHelpText(
      'after',
      '\n  fengsui risk --realm city --enterprise uscc:91140105MA0T100092 --on 2026-03-01 --known 2026-06-01 --json',
    )
    .action(async (options: RiskOptions) => {
      const { realm } = setOf(options.realm)
      const moment = (text: string | undefined) =>
        text === undefined ? AS_KNOWN_NOW : readAsOf(text, realm.zoneOffsetMinutes)
      const on = moment(options.on)
      const known = moment(options.known ?? options.on)
      const point = await riskOn(await openHistory(), {
        realm: options.realm,
        enterprise: options.enterprise,
        on,
        known,
      })
      if (point === undefined) {
        throw new Refusal({
          zh: `${options.enterprise} 当时尚无评分`,
          en: `Nothing was known of ${options.enterprise} by then.`,
        })
      }
      if (options.json) {
        print(JSON.stringify(point))
        return
      }
      const day = (instant: number) => toLocalIso(instant, realm.zoneOffsetMinutes)
      print(`${point.risk}\t${point.class}\t${point.enterprise}\t${point.name}`)
      print(`自 / from ${day(point.effective)}, 记录于 / recorded ${day(point.recorded)}`)
      for (const { indicator, points, measure } of point.signals) print(`  ${points}\t${indicator}\t${measure}`)
    })
}
