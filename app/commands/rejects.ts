import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { asItIs, type Bilingual, joined, unfolded } from '../../core/bilingual.ts'
import { Refusal } from '../../core/errors.ts'
import { toLocalIso } from '../../core/time.ts'
import { isSubject } from '../../ingest/identity/subject-id.ts'
import type { ListedReject, RejectFilter } from '../../ingest/rejects/find-rejects.ts'
import type { ReplayOutcome } from '../../ingest/rejects/replay-rejects.ts'
import type { StewardDesk } from '../../ingest/steward-desk.ts'
import { say } from '../language.ts'
import type { CommandContext } from './command-context.ts'
import { mendInEditor } from './mend-in-editor.ts'
import { readAsOf } from './rank.ts'
import { type DeskOptions, deskOf, nameOf, noSuchReject, printable, withDesk, withName } from './steward-tools.ts'

interface FilterOptions extends DeskOptions {
  readonly feed?: string
  readonly reason?: string
  readonly state?: string
  readonly since?: string
  readonly device?: string
}

const PAGE = 500
const PROGRESS_EVERY = 100
/** What a shell learns from the exit code: all taken in, or some not. */
const NOT_TAKEN = 1

export function addRejectCommands(program: Command, tools: CommandContext): void {
  const rejects = program
    .command('rejects')
    .description('退回记录:查看、修改、重放 / what was rejected: looked at, mended, replayed')

  withFilter(withDesk(rejects.command('list')))
    .description('列出退回记录 / list them, newest first')
    .option('--limit <number>', '最多多少条 / at most so many', '100')
    .addHelpText('after', '\n  fengsui rejects list --realm city --feed penalties --state open')
    .action(async (options: FilterOptions & { limit: string }) => {
      const desk = await deskOf(tools, options)
      for await (const found of pages(desk, filterOf(options, tools), limitOf(options.limit))) {
        tools.print(options.json ? JSON.stringify(found) : lineOf(found, tools))
      }
    })

  withFilter(withDesk(rejects.command('group')))
    .description('按数据源、原因、提示与日期归组 / grouped by feed, reason, hint and day')
    .addHelpText('after', '\n  fengsui rejects group --realm city --state open')
    .action(async (options: FilterOptions) => {
      const groups = await (await deskOf(tools, options)).groups(filterOf(options, tools))
      for (const group of groups) {
        const { day, feed, reason, open, ended, shape, example } = group
        tools.print(
          options.json
            ? JSON.stringify(group)
            : printable(
                `${day}\t${feed}\t${reason}\t${open}+${ended}\t${say(unfolded(shape), tools.language)}\t${example}`,
              ),
        )
      }
    })

  withName(withDesk(rejects.command('show')))
    .argument('<id>', '编号 / its id')
    .description('打开一条;个人号码默认隐藏 / open one; numbers of persons are hidden')
    .option('--reveal', '显示个人号码,并记入审计 / show them, which is audited', false)
    .addHelpText('after', '\n  fengsui rejects show --realm city penalties/0123456789abcdef')
    .action(async (id: string, options: DeskOptions & { reveal: boolean }) => {
      const shown = await (await deskOf(tools, options)).show(id, nameOf(options), options.reveal)
      if (shown === undefined) return noSuchReject(id)
      if (options.json) {
        tools.print(JSON.stringify(shown))
        return
      }
      const { feed, source, line, reason, hint, state, by, fields, text, hex } = shown
      const ending = state === '' ? '' : `  [${state}: ${by}]`
      tools.print(printable(`${feed}  ${source}:${line}  ${reason}: ${say(unfolded(hint), tools.language)}${ending}`))
      for (const [column, value] of Object.entries(fields)) tools.print(printable(`  ${column}: ${value}`))
      if (text !== '') tools.print(printable(text))
      if (hex !== '') tools.print(hex)
    })

  withName(withDesk(rejects.command('edit')))
    .argument('<id>', '编号 / its id')
    .description(
      '在 $EDITOR 中修改并重放;会显示个人号码并记入审计 / mend it in $EDITOR and replay it; audited as a reveal',
    )
    .addHelpText('after', '\n  EDITOR=nano fengsui rejects edit --realm city penalties/0123456789abcdef')
    .action(async (id: string, options: DeskOptions) => {
      const desk = await deskOf(tools, options)
      const by = nameOf(options)
      const shown = (await desk.show(id, by, true)) ?? noSuchReject(id)
      if (shown.hex !== '') {
        throw new Refusal({
          zh: '该格式不是文本,请用 rejects replay --with 文件',
          en: 'It is no text: use rejects replay --with FILE.',
        })
      }
      const mended = await mendInEditor(shown.text, shown.format)
      if (mended === undefined) tools.announce(say({ zh: '未作修改', en: 'Nothing was changed.' }, tools.language))
      else report(tools, options, id, (await desk.replay({ id, by, mended: Buffer.from(mended) })) ?? noSuchReject(id))
    })

  withName(withFilter(withDesk(rejects.command('replay'))))
    .argument('[ids...]', '编号;不写则按条件全部 / ids; without them all that the filter finds')
    .description('重放退回记录,每条只有一次 / replay them, each once for ever')
    .option('--with <file>', '修改后的文件,须含表头 / the mended file, with its header, for one id')
    .option('--as <subject>', '由人认定的主体 / the enterprise that it is about, as a person decided')
    .option('--all', '重放全部未结的 / replay all that are open', false)
    .addHelpText(
      'after',
      '\n  fengsui rejects replay --realm city penalties/0123456789abcdef --with mended.csv\n  fengsui rejects replay --realm city --feed penalties --reason bad-date\n  fengsui rejects replay --realm city penalties/0123456789abcdef --as uscc:91140105MA0T100092',
    )
    .action(async (ids: string[], options: FilterOptions & { with?: string; as?: string; all: boolean }) => {
      await replay(tools, ids, options)
    })
}

async function replay(
  tools: CommandContext,
  ids: readonly string[],
  options: FilterOptions & { readonly with?: string; readonly as?: string; readonly all: boolean },
): Promise<void> {
  const { feed, reason, since, device, all } = options
  const single = options.with !== undefined || options.as !== undefined
  if (single && ids.length !== 1)
    throw new Refusal({ zh: '--with 与 --as 只用于一条', en: '--with and --as are for one id.' })
  if (options.as !== undefined && !isSubject(options.as, tools.setOf(options.realm).legacyCodes)) {
    throw new Refusal({
      zh: `${options.as} 不是主体代码,请核对各位数字,并写作 uscc:代码`,
      en: `${options.as} is no subject: check its digits, and give it as uscc:CODE.`,
    })
  }
  if (ids.length === 0 && !all && [feed, reason, since, device].every((each) => each === undefined)) {
    throw new Refusal({ zh: '请给出编号、条件或 --all', en: 'Give ids, a filter, or --all.' })
  }
  const desk = await deskOf(tools, options)
  const by = nameOf(options)
  const mended = options.with === undefined ? undefined : readFileSync(options.with)
  const sums = { replayed: 0, already: 0, refused: 0 }
  let done = 0
  for await (const id of ids.length > 0 ? ids : idsOf(desk, { ...filterOf(options, tools), state: 'open' })) {
    const order = { id, by, ...(mended && { mended }), ...(options.as !== undefined && { as: options.as }) }
    const outcome = (await desk.replay(order)) ?? noSuchReject(id)
    report(tools, options, id, outcome)
    if (outcome.outcome === 'replayed') sums.replayed++
    else if (outcome.outcome === 'already-replayed') sums.already++
    else sums.refused++
    if (++done % PROGRESS_EVERY === 0) tools.announce(`${done} …`)
  }
  if (ids.length === 0)
    tools.announce(
      say(
        {
          zh: `已重放 ${sums.replayed} 条,先前已处理 ${sums.already} 条,未接受 ${sums.refused} 条`,
          en: `${sums.replayed} replayed, ${sums.already} already, ${sums.refused} not accepted`,
        },
        tools.language,
      ),
    )
}

function report(tools: CommandContext, options: DeskOptions, id: string, outcome: ReplayOutcome): void {
  if (outcome.outcome === 'rejected' || outcome.outcome === 'other-bytes') tools.exit(NOT_TAKEN)
  tools.print(options.json ? JSON.stringify({ id, ...outcome }) : `${id}\t${say(wordsOf(outcome), tools.language)}`)
}

function wordsOf(outcome: ReplayOutcome): Bilingual {
  if (outcome.outcome === 'replayed') {
    const { observations, versions, duplicates } = outcome.counts
    return {
      zh: `已重放:监管事实 ${observations} 条,新版本 ${versions} 个,重复 ${duplicates} 条`,
      en: `replayed: ${observations} observations, ${versions} versions, ${duplicates} duplicates`,
    }
  }
  if (outcome.outcome === 'rejected') {
    const faults = outcome.rejected.map(({ reason, hint }) => joined([asItIs(reason), hint], ': '))
    const kept = { zh: '未接受,保持原样', en: 'not accepted, it stays as it was' }
    return joined([kept, joined(faults)], ': ')
  }
  const when = `${outcome.by} ${new Date(outcome.at).toISOString()}`
  if (outcome.outcome === 'already-replayed') return { zh: `先前已处理:${when}`, en: `already replayed: ${when}` }
  return {
    zh: `另一次重放中断,须以 ${when} 的内容完成`,
    en: `another replay was cut off: finish it with the bytes of ${when}`,
  }
}

function withFilter(command: Command): Command {
  return command
    .option('--feed <name>', '数据源 / of one feed')
    .option('--reason <reason>', '原因 / with one reason')
    .option('--state <state>', 'open, replayed, resolved')
    .option('--device <device>', '暂存所等的设备 / parked for one device')
    .option('--since <date>', '接收日期起 / received from a date on')
}

function filterOf({ feed, reason, state, since, device, realm }: FilterOptions, tools: CommandContext): RejectFilter {
  if (state !== undefined && state !== 'open' && state !== 'replayed' && state !== 'resolved') {
    throw new Refusal({
      zh: `没有状态 ${state},可用 open、replayed、resolved`,
      en: `There is no state "${state}": there are open, replayed, resolved.`,
    })
  }
  const { zoneOffsetMinutes } = tools.setOf(realm).realm
  return {
    ...(feed !== undefined && { feed }),
    ...(reason !== undefined && { reason }),
    ...(state !== undefined && { state }),
    ...(device !== undefined && { subject: device }),
    ...(since !== undefined && { since: readAsOf(since, zoneOffsetMinutes) }),
  }
}

function limitOf(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1)
    throw new Refusal({
      zh: `“${text}”不是条数,--limit 须为正整数`,
      en: `"${text}" is no number of rejects: give --limit a whole number above 0.`,
    })
  return limit
}

/** A page at a time: a reject that ends meanwhile does not move those after it. */
async function* pages(desk: StewardDesk, filter: RejectFilter, limit: number): AsyncGenerator<ListedReject> {
  let after = filter.after
  for (let left = limit; left > 0; ) {
    const page = await desk.list({ ...filter, ...(after && { after }) }, Math.min(PAGE, left))
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < Math.min(PAGE, left)) return
    left -= page.length
    after = { received: last.received, id: last.id }
  }
}

async function* idsOf(desk: StewardDesk, filter: RejectFilter): AsyncGenerator<string> {
  for await (const { id } of pages(desk, filter, Number.POSITIVE_INFINITY)) yield id
}

function lineOf(
  { realm, received, id, reason, hint, state, source, line }: ListedReject,
  { language, setOf }: CommandContext,
): string {
  const { zoneOffsetMinutes } = setOf(realm).realm
  const when = toLocalIso(received, zoneOffsetMinutes).slice(0, 16)
  return printable(`${when}\t${id}\t${state || 'open'}\t${reason}\t${source}:${line}\t${say(unfolded(hint), language)}`)
}
