import type { Command } from 'commander'
import { systemClock } from '../../adapters/system-clock.ts'
import type { Bilingual } from '../../core/bilingual.ts'
import { Refusal } from '../../core/errors.ts'
import type { IdentityOutcome } from '../../ingest/identity/merge-identities.ts'
import { isSubject } from '../../ingest/identity/subject-id.ts'
import { say } from '../language.ts'
import type { CommandContext } from './command-context.ts'
import { readAsOf } from './rank.ts'
import { type DeskOptions, deskOf, nameOf, withDesk, withName } from './steward-tools.ts'

interface PairOptions extends DeskOptions {
  readonly from: string
  readonly into: string
  readonly at?: string
  readonly note: string
}

const REFUSALS = {
  'same-subject': { zh: '二者相同', en: 'Both are the same subject.' },
  circle: { zh: '会形成循环:后者已并入前者', en: 'It would close a circle: the second has become the first.' },
  'merged-elsewhere': {
    zh: '前者已并入另一主体,须先拆分',
    en: 'The first has become another subject: split it off before.',
  },
  'not-merged': { zh: '后者并未并入前者', en: 'The second was never merged into the first.' },
} as const

export function addIdentityCommands(program: Command, tools: CommandContext): void {
  const identity = program
    .command('identity')
    .description('主体合并与拆分 / two ids that are one subject, or are so no more')

  withPair(withName(withDesk(identity.command('merge'))))
    .description('把一个主体并入另一个,双方重算 / one subject becomes another; both are judged again')
    .addHelpText(
      'after',
      '\n  fengsui identity merge --realm city --from uscc:91140106MA0T10375C --into uscc:91140105MA0T100092 --note 换照',
    )
    .action(async (options: PairOptions) => {
      const order = orderOf(options, tools)
      tell(tools, options, await (await deskOf(tools, options)).merge(order))
    })

  withPair(withName(withDesk(identity.command('split'))))
    .description('撤销合并:--into 从 --from 拆出 / undo a merge: --into is taken out of --from')
    .addHelpText(
      'after',
      '\n  fengsui identity split --realm city --from uscc:91140105MA0T100092 --into uscc:91140106MA0T10375C',
    )
    .action(async (options: PairOptions) => {
      const order = orderOf(options, tools)
      tell(tools, options, await (await deskOf(tools, options)).split(order))
    })

  withDesk(identity.command('list'))
    .description('列出已合并的主体 / list the subjects that have become others')
    .action(async (options: DeskOptions) => {
      for (const one of await (await deskOf(tools, options)).identities()) {
        const { from, into, by, note, settled } = one
        const state = settled ? '已重算 / settled' : '重算中 / being settled'
        tools.print(options.json ? JSON.stringify(one) : `${from} → ${into}\t${by}\t${state}\t${note}`)
      }
    })

  withDesk(identity.command('index'))
    .description(
      '由历史库重建登记号与设备绑定对照簿 / write the books of numbers and bindings again out of the history',
    )
    .action(async (options: DeskOptions) => {
      const read = await (await deskOf(tools, options)).reindex()
      tools.print(options.json ? JSON.stringify({ read }) : `已读取 / read: ${read}`)
    })

  withDesk(identity.command('codes'))
    .description('重错码报告:各部门各月 / wrong and duplicate codes, by authority and month')
    .option('--from <date>', '接收日期起 / received from')
    .option('--until <date>', '接收日期止(不含)/ received before')
    .addHelpText('after', '\n  fengsui identity codes --realm city --from 2026-11-01 --until 2026-12-01 --json')
    .action(async (options: DeskOptions & { from?: string; until?: string }) => {
      const { zoneOffsetMinutes } = tools.setOf(options.realm).realm
      const instant = (text: string | undefined, otherwise: number) =>
        text === undefined ? otherwise : readAsOf(text, zoneOffsetMinutes)
      const range = { from: instant(options.from, 0), until: instant(options.until, Number.MAX_SAFE_INTEGER) }
      for (const line of await (await deskOf(tools, options)).codes(range)) {
        const { month, authority, fault, count, records, examples } = line
        tools.print(
          options.json
            ? JSON.stringify(line)
            : `${month}\t${authority || '—'}\t${fault}\t${count}/${records}\t${examples.join(' ')}`,
        )
      }
    })
}

function withPair(command: Command): Command {
  return command
    .requiredOption('--from <subject>', '主体,如 uscc:… / a subject')
    .requiredOption('--into <subject>', '主体 / a subject')
    .option('--at <date>', '何时起知悉,默认现在 / since when it is known; now by default')
    .option('--note <text>', '理由 / why', '')
}

function orderOf({ from, into, at, note, ...options }: PairOptions, tools: CommandContext) {
  for (const one of [from, into]) {
    if (!isSubject(one, tools.setOf(options.realm).legacyCodes)) {
      throw new Refusal({
        zh: `${one} 不是主体代码,请核对各位数字,并写作 uscc:代码`,
        en: `${one} is no subject: check its digits, and give it as uscc:CODE.`,
      })
    }
  }
  const { zoneOffsetMinutes } = tools.setOf(options.realm).realm
  return {
    from,
    into,
    note,
    by: nameOf(options),
    at: at === undefined ? systemClock.now() : readAsOf(at, zoneOffsetMinutes),
  }
}

function tell(tools: CommandContext, options: DeskOptions, outcome: IdentityOutcome): void {
  if (outcome.outcome === 'refused') tools.exit(1)
  tools.print(options.json ? JSON.stringify(outcome) : say(wordsOf(outcome), tools.language))
}

function wordsOf(outcome: IdentityOutcome): Bilingual {
  if (outcome.outcome === 'refused') return REFUSALS[outcome.reason]
  if (outcome.outcome === 'already') return { zh: '早已如此', en: 'It is so already.' }
  return {
    zh: '已记入日志,系统运行时即重算双方',
    en: 'It is in the log; both are judged again as soon as the system runs.',
  }
}
