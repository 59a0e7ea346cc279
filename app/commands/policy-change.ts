import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { Refusal } from '../../core/errors.ts'
import type { PolicyBook } from '../../core/policy-book.ts'
import { openPolicyJournal, type PolicyJournal } from '../../core/policy-journal.ts'
import { AS_KNOWN_NOW } from '../../core/risk-history.ts'
import { toLocalIso } from '../../core/time.ts'
import type { ShadowStatus } from '../../processors/run-shadow.ts'
import { realmNow } from '../cases.ts'
import { type Language, say } from '../language.ts'
import type { PolicySet } from '../policies.ts'
import { activatePolicy, type Entered, refusalOf, stagePolicy } from '../policy-desk.ts'
import type { Ports } from '../ports.ts'
import type { CommandContext } from './command-context.ts'
import { wholeNumber } from './option-values.ts'
import { readCandidate } from './policy-candidate.ts'
import { type Comparison, comparePolicies, type Moved } from './policy-compare.ts'
import { readAsOf } from './rank.ts'

interface Named {
  readonly realm: string
  readonly by?: string
  readonly note: string
  readonly json: boolean
}

/** `fengsui policy stage|list|compare|activate`: another policy, while the system runs. */
export function addPolicyChangeCommands(policy: Command, parts: CommandContext): void {
  const { language, print } = parts

  policy
    .command('stage')
    .description('整套检查后登记,在影子中试算 / checked whole, entered, and folded in shadow from then on')
    .argument('<set or file>', '规则集、其目录,或单个文件 / a policy set, its folder, or a file')
    .option('--by <name>', '以谁的名义,默认系统用户 / in whose name; the system user by default')
    .option('--note <text>', '说明 / a note', '')
    .option('--json', 'JSON', false)
    .addHelpText('after', '\n  fengsui policy stage ./city-next --note "complaints weigh more"')
    .action(async (named: string, options: Omit<Named, 'realm'>) => {
      const { rules, findings } = readCandidate(parts.policies(), named)
      const faults = findings.filter(({ kind }) => kind === 'fault')
      if (rules === undefined || faults.length > 0) throw refusalOf(faults)
      const { journal, entered } = await openJournal(parts, rules.realm, options)
      const staged = await stagePolicy(journal, rules, entered)
      await journal.close()
      if (options.json) print(JSON.stringify({ realm: staged.realm, policy: staged.policy, id: staged.id }))
      else print(`${say(WORDS.staged, language)} ${staged.policy}`)
    })

  policy
    .command('list')
    .description('执行过、执行中与待启用的规则 / policies that were, are and may come into force')
    .requiredOption('--realm <name>', '数据域 / the realm')
    .option('--json', 'JSON', false)
    .addHelpText('after', '\n  fengsui policy list --realm city')
    .action(async (options: Named) => {
      const { journal, ports, set } = await openJournal(parts, options.realm, options)
      const shadows = await shadowsOf(ports, options.realm)
      await journal.close()
      if (options.json) print(JSON.stringify(summaryOf(journal.book(), shadows)))
      else describeBook(journal.book(), shadows, set.realm.zoneOffsetMinutes, language).forEach(print)
    })

  policy
    .command('compare')
    .description('待启用的规则会改变什么,以及为何 / what the staged policy would change, and why')
    .requiredOption('--realm <name>', '数据域 / the realm')
    .option('--movers <number>', '显示变动最大的多少个主体 / enterprises that move most', wholeNumber, 20)
    .option('--json', 'JSON', false)
    .addHelpText('after', '\n  fengsui policy compare --realm city --movers 50')
    .action(async (options: Named & { readonly movers: number }) => {
      const { journal, ports, set } = await openJournal(parts, options.realm, options)
      const comparison = await compareStaged(journal, ports, options.realm, options.movers)
      await journal.close()
      if (options.json) print(JSON.stringify(comparison))
      else describeComparison(comparison, set.realm.zoneOffsetMinutes, language).forEach(print)
    })

  policy
    .command('activate')
    .description('自某时起启用已登记的规则 / puts the staged policy in force from an instant on')
    .argument('<hash>', '规则哈希,至少前 8 位 / its hash, at least the first 8 digits')
    .requiredOption('--realm <name>', '数据域 / the realm')
    .option('--at <date>', '不早于何时,默认尽快 / not before; as soon as can be where absent')
    .option('--by <name>', '以谁的名义,默认系统用户 / in whose name; the system user by default')
    .option('--note <text>', '说明 / a note', '')
    .option('--json', 'JSON', false)
    .addHelpText('after', '\n  fengsui policy activate 3f9a1c2b --realm city --at 2026-12-01')
    .action(async (hash: string, options: Named & { readonly at?: string }) => {
      const { journal, entered, set } = await openJournal(parts, options.realm, options)
      const from = options.at === undefined ? entered.at : readAsOf(options.at, set.realm.zoneOffsetMinutes)
      const wanted = await activatePolicy(journal, hash, from, entered)
      await journal.close()
      const { policy: named, id } = wanted
      if (options.json) print(JSON.stringify({ realm: options.realm, policy: named, id, from }))
      else print(`${say(WORDS.activated, language)} ${toLocalIso(from, set.realm.zoneOffsetMinutes)}: ${named}`)
    })
}

const WORDS = {
  staged: {
    zh: '已登记,影子试算即将开始(policy list 查看进度,policy compare 查看差别):',
    en: 'Staged; its shadow begins (policy list shows how far it is, policy compare what it would change):',
  },
  activated: {
    zh: '将在影子追上之后、此时或之后的第一个周期起执行',
    en: 'In force from the first period that begins then or later, once its shadow has caught up',
  },
} as const

async function openJournal(
  { setOf, openPorts }: CommandContext,
  realm: string,
  { by = userInfo().username, note = '' }: { readonly by?: string; readonly note?: string },
): Promise<{
  readonly journal: PolicyJournal
  readonly ports: Ports
  readonly set: PolicySet
  readonly entered: Entered
}> {
  const set = setOf(realm)
  const ports = await openPorts()
  const journal = await openPolicyJournal(ports, realm)
  return { journal, ports, set, entered: { by, note, at: await realmNow(ports, set) } }
}

export async function shadowsOf({ present }: Pick<Ports, 'present'>, realm: string): Promise<readonly ShadowStatus[]> {
  return Object.entries(await present.read(realm, 'positions'))
    .filter(([key]) => key.startsWith('shadow '))
    .map(([, text]): ShadowStatus => JSON.parse(text))
}

/** Errors: `Refusal` where nothing is staged, or its shadow has not begun. */
export async function compareStaged(
  journal: PolicyJournal,
  ports: Pick<Ports, 'present' | 'history'>,
  realm: string,
  movers: number,
): Promise<Comparison> {
  const { staged, eras } = journal.book()
  const inForce = eras.at(-1)
  if (staged === undefined || inForce === undefined)
    throw new Refusal({ zh: '没有待启用的规则', en: 'Nothing is staged: fengsui policy stage comes first.' })
  const shadows = (await shadowsOf(ports, realm)).filter(({ policy }) => policy === staged.policy)
  const on = Math.min(AS_KNOWN_NOW, ...shadows.map(({ sealed }) => sealed))
  if (shadows.length === 0 || on === 0)
    throw new Refusal({
      zh: '影子试算尚未开始',
      en: 'Its shadow has not begun: the process role folds it, and must be running.',
    })
  const { policy, rules } = staged
  return comparePolicies(ports.history, { inForce: inForce.rules, shadow: rules, policy, on, movers })
}

export function summaryOf({ eras, staged, wanted }: PolicyBook, shadows: readonly ShadowStatus[]): object {
  const inForce = eras.map(({ entry: { policy, from, activation } }) => ({ policy, from, activation }))
  return {
    inForce,
    staged: staged && { policy: staged.policy, by: staged.by, note: staged.note, at: staged.at },
    wanted: wanted && { policy: wanted.policy, from: wanted.from, by: wanted.by, note: wanted.note, at: wanted.at },
    shadows: shadows.map(({ policy, sealed, caughtUp }) => ({ policy, sealed, caughtUp })),
  }
}

function describeBook(
  { eras, staged, wanted }: PolicyBook,
  shadows: readonly ShadowStatus[],
  zone: number,
  language: Language,
): string[] {
  const zh = language === 'zh'
  const lines = eras.map(({ entry }, index) => {
    const since = entry.from === 0 ? (zh ? '自始' : 'from the beginning') : toLocalIso(entry.from, zone)
    const mark = index === eras.length - 1 ? (zh ? '执行中' : 'in force') : zh ? '已替换' : 'replaced'
    return `${mark}  ${entry.policy}  ${since}`
  })
  if (staged !== undefined) lines.push(`${zh ? '待启用' : 'staged'}  ${staged.policy}  ${staged.by}  ${staged.note}`)
  for (const { sealed, caughtUp } of shadows) {
    const where = caughtUp ? (zh ? '已追上' : 'caught up') : zh ? '追赶中' : 'catching up'
    lines.push(`  ${zh ? '影子' : 'shadow'}: ${sealed === 0 ? '–' : toLocalIso(sealed, zone)}, ${where}`)
  }
  if (wanted !== undefined)
    lines.push(`  ${zh ? '不早于' : 'wanted from'} ${toLocalIso(wanted.from, zone)}  ${wanted.by}  ${wanted.note}`)
  return lines
}

function describeComparison(comparison: Comparison, zone: number, language: Language): string[] {
  const { on, enterprises, classes, levels, movers } = comparison
  const zh = language === 'zh'
  const moves = (name: string, moved: readonly Moved[]) => {
    const count = moved.reduce((sum, one) => sum + one.enterprises, 0)
    const each = moved.map((one) => `${one.from || '–'} → ${one.to || '–'}: ${one.enterprises}`)
    return [`${name}: ${count}`, ...each.map((line) => `  ${line}`)]
  }
  return [
    `${toLocalIso(on, zone)}, ${enterprises} ${zh ? '个市场主体' : 'enterprises'}`,
    ...moves(zh ? '分级改变' : 'change of class', classes),
    ...moves(zh ? '预警级别改变' : 'change of level', levels),
    ...movers.flatMap(({ enterprise, name, before, after, why }) => [
      `${before} → ${after}  ${enterprise}  ${name}`,
      ...why.map(({ indicator, points }) => `  ${points > 0 ? '+' : ''}${points}  ${indicator}`),
    ]),
  ]
}
