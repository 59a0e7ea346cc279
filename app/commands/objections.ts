import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { Option } from 'commander'
import { Refusal, Rejected } from '../../core/errors.ts'
import { keyedToken } from '../../core/hash.ts'
import type { ObjectionOutcome } from '../../core/objection.ts'
import { toLocalIso } from '../../core/time.ts'
import type { Objection } from '../../ingest/objections/objection.ts'
import type { CorrectedValues } from '../../ingest/objections/retraction.ts'
import type { Cases } from '../cases.ts'
import type { PolicySet } from '../policies.ts'

export interface CaseCommandParts {
  /** The cases of a realm that has a policy set, on a running system or on its parts. */
  readonly open: (realm: string) => Promise<{
    readonly cases: Cases
    readonly set: PolicySet
    readonly personalKey: Uint8Array
  }>
  readonly print: (line: string) => void
}

interface Common {
  readonly realm: string
  readonly json: boolean
  readonly by: string
}

/** `fengsui objections file|decide|list|show`. */
export function addObjectionCommands(program: Command, { open, print }: CaseCommandParts): void {
  const objections = program
    .command('objections')
    .description('对记录的异议:登记、决定、查询 / objections to records: file, decide, list, show')

  const show = (objection: Objection, { json }: Pick<Common, 'json'>, { realm }: PolicySet) =>
    print(json ? JSON.stringify(objection) : lineOf(objection, realm.zoneOffsetMinutes))

  withCommon(objections.command('file').description('登记异议 / file an objection'))
    .requiredOption('--record <id>', '监管事实编号,或 feed/record/ / an observation id, or feed/record/')
    .requiredOption(
      '--objector <who>',
      '主体编号;个人证件号仅存假名 / an enterprise; a person is kept as a token alone',
    )
    .requiredOption('--ground <text>', '理由 / why')
    .option('--authority <name>', '应答复的部门,默认为报送部门 / who must answer; who filed the record where absent')
    .addHelpText(
      'after',
      '\n  fengsui objections file --realm city --record penalties/4f2a91c0d3b7e865/penalty --objector uscc:91140105MA0T100092 --ground "处罚决定已被撤销"',
    )
    .action(async (options: Common & { record: string; objector: string; ground: string; authority?: string }) => {
      const { cases, set, personalKey } = await open(options.realm)
      const { record: target, ground, by, authority } = options
      const objector = pseudonym(options.objector, personalKey)
      const filing = { target, objector, ground, by, ...(authority === undefined ? {} : { authority }) }
      show(await refusing(cases.objections.file(filing)), options, set)
    })

  withCommon(objections.command('decide').description('作出决定 / decide an objection'))
    .argument('<objection>', '异议编号 / its id')
    .addOption(
      new Option('--outcome <outcome>', '成立、部分成立(更正)、不成立 / what is decided')
        .choices(['upheld', 'corrected', 'rejected'])
        .makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', '理由 / why')
    .option(
      '--values <json>',
      '更正后的值,如 {"value":500000,"facts":{"severity":"minor"}} / what the record should have said',
    )
    .action(
      async (objection: string, options: Common & { outcome: ObjectionOutcome; reason: string; values?: string }) => {
        const { cases, set } = await open(options.realm)
        const { outcome, reason, by } = options
        const values = options.values === undefined ? {} : { values: readValues(options.values) }
        show(await refusing(cases.objections.decide({ objection, outcome, reason, by, ...values })), options, set)
      },
    )

  withCommon(objections.command('list').description('列出异议 / list the objections')).action(
    async (options: Common) => {
      const { cases, set } = await open(options.realm)
      for (const objection of await cases.objections.list()) show(objection, options, set)
    },
  )

  withCommon(objections.command('show').description('查看一件异议及其影响 / one objection, and what it moved'))
    .argument('<objection>', '异议编号 / its id')
    .action(async (id: string, options: Common) => {
      const { cases, set } = await open(options.realm)
      const objection = await cases.objections.show(id)
      if (objection === undefined) throw new Refusal({ zh: `没有异议 ${id}`, en: `There is no objection ${id}.` })
      show(objection, options, set)
    })
}

export function withCommon(command: Command): Command {
  return command
    .requiredOption('--realm <name>', '数据域 / the realm')
    .option('--by <name>', '以谁的名义,默认系统用户 / in whose name; the system user by default', userInfo().username)
    .option('--json', 'JSON', false)
}

/** What may not be is a refusal to whoever typed it, with the same words. */
export async function refusing<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Rejected) throw new Refusal(error.text, { cause: error })
    throw error
  }
}

/** An id with a scheme names an enterprise; anything else is taken for a person's number and never kept in the clear. */
export function pseudonym(text: string, personalKey: Uint8Array): string {
  const normal = text.normalize('NFKC').trim()
  return /^[a-z][a-z0-9-]*:\S+$/.test(normal) ? normal : keyedToken(personalKey, normal.toUpperCase())
}

/** Errors: `Refusal` for what is no JSON object of the fields that may be corrected. */
export function readValues(text: string): CorrectedValues {
  const bad = () =>
    new Refusal({
      zh: '--values 须为 JSON 对象,字段为 value、cause、occurred、decided、facts',
      en: '--values must be a JSON object of value, cause, occurred, decided, facts.',
    })
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch (cause) {
    throw Object.assign(bad(), { cause })
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) throw bad()
  const { value, cause, occurred, decided, facts, ...rest } = read as Record<string, unknown>
  const isInstant = (one: unknown) => one === undefined || (Number.isSafeInteger(one) && Number(one) >= 0)
  const isFacts =
    facts === undefined ||
    (typeof facts === 'object' && facts !== null && Object.values(facts).every((one) => typeof one === 'string'))
  const isValue = value === undefined || value === null || (typeof value === 'number' && Number.isFinite(value))
  const isCause = cause === undefined || typeof cause === 'string'
  if (Object.keys(rest).length > 0 || !isInstant(occurred) || !isInstant(decided) || !isFacts || !isValue || !isCause) {
    throw bad()
  }
  return read as CorrectedValues
}

function lineOf({ id, state, outcome, target, authority, due, suspended }: Objection, offset: number): string {
  const held = suspended ? '\t暂停使用 / suspended' : ''
  return `${id}\t${state}${outcome === null ? '' : ` ${outcome}`}\t${target}\t${authority}\t${toLocalIso(due, offset)}${held}`
}
