import { type Command, Option } from 'commander'
import { Refusal } from '../../core/errors.ts'
import { REPAIR_PROOFS, type RepairProof } from '../../core/repair.ts'
import type { Repair } from '../../ingest/repair/repair.ts'
import type { Severity } from '../../ingest/repair/rule-set.ts'
import { type CaseCommandParts, refusing, withCommon } from './objections.ts'

interface Common {
  readonly realm: string
  readonly json: boolean
  readonly by: string
}

/** `fengsui repairs open|bring|request|grant|decline|list|show`. */
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

  withCommon(repairs.command('list').description('列出修复 / list the repairs')).action(async (options: Common) => {
    for (const repair of await (await cases(options)).list()) show(repair, options)
  })

  withId(repairs, 'show', '查看一件修复 / one repair').action(async (id: string, options: Common) => {
    const repair = await (await cases(options)).show(id)
    if (repair === undefined) throw new Refusal(`没有修复 ${id} / There is no repair ${id}.`)
    show(repair, options)
  })
}

function withId(repairs: Command, word: string, text: string): Command {
  return withCommon(repairs.command(word).description(text)).argument('<repair>', '修复编号 / its id')
}
