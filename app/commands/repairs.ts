import { type Command, Option } from 'commander'
import { Refusal } from '../../core/errors.ts'
import { REPAIR_PROOFS, type RepairProof } from '../../core/repair.ts'
import { toLocalIso } from '../../core/time.ts'
import type { Repair } from '../../ingest/repair/repair.ts'
import type { Severity } from '../../ingest/repair/rule-set.ts'
import { type CaseCommandParts, refusing, withCommon } from './objections.ts'

interface Common {
  readonly realm: string
  readonly json: boolean
  readonly by: string
}

const MOST_LISTED = 10_000

/** `fengsui repairs open|bring|request|grant|decline|stopped|list|ended|late|show`. */
export function addRepairCommands(program: Command, { open, print }: CaseCommandParts): void {
  const repairs = program
    .command('repairs')
    .description('信用修复:承诺、培训、证明、申请、答复 / repair of credit: promise, training, proof, request, answer')

  const show = (repair: Repair, { json }: Pick<Common, 'json'>) =>
    print(json ? JSON.stringify(repair) : `${repair.id}\t${repair.state}\t${repair.target}\t${repair.rules}`)
  const cases = async ({ realm }: Common) => (await open(realm)).cases.repairs

  withCommon(repairs.command('open').description('就一条记录立项 / begin the repair of a record'))
    .requiredOption('--record <id>', '监管事实编号,或 feed/record/ / an observation id, or feed/record/')
    .addOption(
      new Option('--severity <severity>', '失信程度,默认按记录 / how grave; what the record says where absent').choices(
        ['minor', 'general', 'serious'],
      ),
    )
    .addHelpText(
      'after',
      '\n  fengsui repairs open --realm city --record penalties/4f2a91c0d3b7e865/penalty\n  fengsui repairs bring 9c1e… --realm city --proof promise --document 承诺书-2026-17\n  fengsui repairs request 9c1e… --realm city',
    )
    .action(async (options: Common & { record: string; severity?: Severity }) => {
      const { record: target, severity, by } = options
      show(
        await refusing((await cases(options)).open({ target, by, ...(severity === undefined ? {} : { severity }) })),
        options,
      )
    })

  withId(repairs, 'bring', '提交承诺、培训或履行证明 / bring promise, training or proof')
    .addOption(new Option('--proof <kind>', '材料种类 / which').choices([...REPAIR_PROOFS]).makeOptionMandatory())
    .requiredOption('--document <reference>', '材料编号 / its reference')
    .action(async (repair: string, options: Common & { proof: RepairProof; document: string }) => {
      const { proof, document, by } = options
      show(await refusing((await cases(options)).bring({ repair, proof, document, by })), options)
    })

  withId(repairs, 'request', '申请修复;未满最短公示期不予受理 / ask for it; refused before the shortest period').action(
    async (repair: string, options: Common) => {
      show(await refusing((await cases(options)).request({ repair, by: options.by })), options)
    },
  )

  for (const [word, granted, text] of [
    ['grant', true, '准予修复 / grant it'],
    ['decline', false, '不予修复 / decline it'],
  ] as const) {
    withId(repairs, word, text)
      .requiredOption('--reason <text>', '理由 / why')
      .action(async (repair: string, options: Common & { reason: string }) => {
        const { reason, by } = options
        show(await refusing((await cases(options)).answer({ repair, granted, reason, by })), options)
      })
  }

  withId(repairs, 'stopped', '准予后已停止公示 / what was granted is shown no more')
    .requiredOption('--document <reference>', '停止公示的凭据编号 / what says so')
    .action(async (repair: string, options: Common & { document: string }) => {
      const { document, by } = options
      show(await refusing((await cases(options)).stopped({ repair, document, by })), options)
    })

  withCommon(repairs.command('list').description('列出修复 / list the repairs')).action(async (options: Common) => {
    for (const repair of await (await cases(options)).list()) show(repair, options)
  })

  withCommon(
    repairs
      .command('ended')
      .description('公示期满而停止公示的记录(未申请修复) / records whose display has ended, without a repair'),
  )
    .option('--limit <number>', '最多列出多少条 / list at most so many', '50')
    .action(async (options: Common & { limit: string }) => {
      const most = Number(options.limit)
      if (!Number.isInteger(most) || most < 1 || most > MOST_LISTED) {
        throw new Refusal({
          zh: `--limit 应为 1 至 ${MOST_LISTED} 的整数`,
          en: `--limit is a whole number from 1 to ${MOST_LISTED}.`,
        })
      }
      const { cases: found, set } = await open(options.realm)
      for (const one of await found.displays.list(most)) {
        const day = toLocalIso(one.at, set.realm.zoneOffsetMinutes).slice(0, 10)
        print(options.json ? JSON.stringify(one) : `${one.target}\t${day}\t${one.enterprise}\t${one.rules}`)
      }
    })

  withCommon(
    repairs
      .command('late')
      .description('已履行而未按期移出的名单记录 / listings that were not taken off in time though all was fulfilled'),
  ).action(async (options: Common) => {
    const { cases: found, set } = await open(options.realm)
    const day = (instant: number) => toLocalIso(instant, set.realm.zoneOffsetMinutes).slice(0, 10)
    for (const one of await found.listings.list(MOST_LISTED)) {
      const { target, enterprise, authority, since, due } = one
      print(options.json ? JSON.stringify(one) : [target, enterprise, authority, day(since), day(due)].join('\t'))
    }
  })

  withId(repairs, 'show', '查看一件修复 / one repair').action(async (id: string, options: Common) => {
    const repair = await (await cases(options)).show(id)
    if (repair === undefined) throw new Refusal({ zh: `没有修复 ${id}`, en: `There is no repair ${id}.` })
    show(repair, options)
  })
}

function withId(repairs: Command, word: string, text: string): Command {
  return withCommon(repairs.command(word).description(text)).argument('<repair>', '修复编号 / its id')
}
