import type { Command } from 'commander'
import { cellPeriods } from '../../core/cell-history.ts'
import { Refusal } from '../../core/errors.ts'
import { AS_KNOWN_NOW } from '../../core/risk-history.ts'
import { toLocalIso } from '../../core/time.ts'
import type { CommandContext } from './command-context.ts'
import { readAsOf } from './rank.ts'

interface CellsOptions {
  readonly realm: string
  readonly cell: string
  readonly from: string
  readonly through?: string
  readonly known?: string
  readonly key?: string
  readonly json: boolean
}

/** `fengsui cells`: what one cell counted in each period, as it was known on a date. */
export function addCellsCommand(program: Command, { setOf, openHistory, print }: CommandContext): void {
  program
    .command('cells')
    .description('某类汇总各期的计数,按某日已知 / what a cell counted in each period, as it was known on a date')
    .requiredOption('--realm <name>', '数据域 / the realm')
    .requiredOption('--cell <id>', '规则集中的汇总,如 complaints-by-place / a cell of the policy')
    .requiredOption('--from <date>', '此后结束的各期 / periods that ended after this date')
    .option('--through <date>', '止于何日,默认为最新 / and by this one; the newest where absent')
    .option(
      '--known <date>',
      '按何时已知,默认与 --through 相同 / by what was known then; that of --through where absent',
    )
    .option('--key <key>', '只看一个单元 / one key alone')
    .option('--json', 'JSON', false)
    .addHelpText(
      'after',
      '\n  fengsui cells --realm city --cell complaints-by-place --from 2026-03-01 --through 2026-04-01 --known 2026-06-01',
    )
    .action(async (options: CellsOptions) => {
      const { realm } = setOf(options.realm)
      const moment = (text: string | undefined) =>
        text === undefined ? AS_KNOWN_NOW : readAsOf(text, realm.zoneOffsetMinutes)
      const found = await cellPeriods(await openHistory(), {
        realm: options.realm,
        cell: options.cell,
        from: moment(options.from),
        through: moment(options.through),
        known: moment(options.known ?? options.through),
      })
      const periods = found.filter(({ key }) => options.key === undefined || key === options.key)
      if (periods.length === 0) {
        throw new Refusal({
          zh: `${options.cell} 在此期间没有计数`,
          en: `Nothing was counted in ${options.cell} in these periods.`,
        })
      }
      if (options.json) {
        print(JSON.stringify(periods))
        return
      }
      const day = (instant: number) => toLocalIso(instant, realm.zoneOffsetMinutes).slice(0, 10)
      for (const { key, ended, count, recorded } of periods) {
        print(`${day(ended)}\t${count}\t${key}${recorded > ended ? `\t更正于 / restated ${day(recorded)}` : ''}`)
      }
    })
}
