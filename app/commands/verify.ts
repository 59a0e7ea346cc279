import { readFileSync, statSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { Bilingual } from '../../core/bilingual.ts'
import { Refusal } from '../../core/errors.ts'
import type { EventLog } from '../../core/event-log.ts'
import type { History } from '../../core/history.ts'
import { type Era, eraAt } from '../../core/policy-book.ts'
import { openPolicyJournal } from '../../core/policy-journal.ts'
import { AS_KNOWN_NOW, type RiskQuestion, riskOn } from '../../core/risk-history.ts'
import { createDecisionJournal } from '../../inspections/decision-journal.ts'
import { type DrawDifference, verifyDraw } from '../../inspections/verify-draw.ts'
import { compilePolicy } from '../../processors/compile-policy.ts'
import { foldPointAgain } from '../../processors/make-receipt.ts'
import { policyHash } from '../../processors/realm-policy.ts'
import { RECEIPT_BYTES, type ReceiptBody, receiptBytes } from '../../processors/receipt.ts'
import { receiptInputs } from '../../processors/receipt-inputs.ts'
import { verifyPoint } from '../../processors/verify-point.ts'
import { comparePoints, verifyReceipt } from '../../processors/verify-receipt.ts'
import { say } from '../language.ts'
import type { PolicySet } from '../policies.ts'
import type { CommandContext } from './command-context.ts'
import { readAsOf } from './rank.ts'

const FITS: Bilingual = { zh: '相符', en: 'fits' }
const DIFFERS: Bilingual = { zh: '不符', en: 'does not fit' }

const DRAW_FAULTS: Readonly<Record<DrawDifference['what'], Bilingual>> = {
  identity: { zh: '承诺与公开的不是同一次摇号', en: 'what was opened is another draw than what was committed' },
  order: { zh: '公开早于承诺', en: 'it was opened before it was committed' },
  unusable: { zh: '无法据此摇号', en: 'nothing can be drawn from this' },
  'roster-hash': { zh: '名册与其摘要不符', en: 'the roster does not fit its hash' },
  'seed-commitment': { zh: '种子与承诺不符', en: 'the seed does not fit its commitment' },
  'visit-missing': { zh: '缺少抽中的企业', en: 'an enterprise that was drawn is missing' },
  'visit-added': { zh: '多出未抽中的企业', en: 'there are visits that were not drawn' },
  inspectors: { zh: '执法人员不是抽中的', en: 'the inspectors are not those that were drawn' },
}

export interface Verdict {
  readonly what: string
  readonly ok: boolean
  readonly differences: readonly Bilingual[]
}

interface Stores {
  readonly log: EventLog
  readonly history: History
}

interface VerifyOptions {
  readonly realm?: string
  readonly enterprise?: string
  readonly asOf?: string
  readonly known?: string
  readonly draw?: string
  readonly export?: string
  readonly json: boolean
}

/** `fengsui verify`: a receipt by itself, a score against the archive, a draw against its commitment. */
export function addVerifyCommand(program: Command, parts: CommandContext): void {
  program
    .command('verify')
    .description(
      '核验一份凭证文件(离线重算)、一个评分或一次摇号 / check a receipt file (folded again, offline), a score, or a draw',
    )
    .argument('[file]', '凭证文件,不需要任何存储 / a receipt file; no store is needed')
    .option('--realm <name>', '数据域 / the realm')
    .option('--enterprise <id>', '主体,如 uscc:91140105MA0T100092 / the enterprise')
    .option('--as-of <date>', '截至何时 / as of; the newest where absent')
    .option('--known <date>', '按何时已知,默认为现在 / by what was known then; now where absent')
    .option('--export <file>', '核验后写出凭证文件 / write the receipt file once it is verified')
    .option('--draw <period>', '摇号月份,如 2026-11 / month of a draw')
    .option('--json', 'JSON', false)
    .addHelpText(
      'after',
      `
  fengsui verify --realm city --enterprise uscc:91140105MA0T100092 --export receipt.json
  fengsui verify receipt.json
  fengsui verify --realm demo --draw 2026-11`,
    )
    .action(async (file: string | undefined, options: VerifyOptions) => {
      const verdict = file === undefined ? await againstStores(parts, options) : verifyFile(file)
      if (options.json) parts.print(JSON.stringify(verdict))
      else {
        parts.print(`${verdict.ok ? '✓' : '✗'} ${say(verdict.ok ? FITS : DIFFERS, parts.language)}: ${verdict.what}`)
        for (const difference of verdict.differences) parts.print(`  ${say(difference, parts.language)}`)
      }
      parts.exit(verdict.ok ? 0 : 1)
    })
}

async function againstStores({ setOf, openPorts }: CommandContext, options: VerifyOptions): Promise<Verdict> {
  const { realm, draw, enterprise, asOf, known } = options
  if (realm === undefined || (draw === undefined && enterprise === undefined))
    throw new Refusal({
      zh: '请给出凭证文件,或 --realm 与 --enterprise 或 --draw',
      en: 'Give a receipt file, or --realm with --enterprise or --draw.',
    })
  const set = setOf(realm)
  if (draw !== undefined) return verifyDrawOf(await openPorts(), realm, draw)
  const moment = (text: string | undefined) =>
    text === undefined ? AS_KNOWN_NOW : readAsOf(text, set.realm.zoneOffsetMinutes)
  const asked = { enterprise: enterprise ?? '', on: moment(asOf), known: moment(known) }
  const { verdict, receipt } = await verifyScore(await openPorts(), set, asked)
  if (options.export !== undefined && receipt !== undefined) writeFileSync(options.export, receiptBytes(receipt))
  return verdict
}

/**
 * The score of an enterprise in force at an instant, as known at another: its sums, and everything in it folded again out
 * of the archive. The receipt is there only where all of it fits.
 */
export async function verifyScore(
  stores: Stores,
  set: PolicySet,
  asked: Omit<RiskQuestion, 'realm'>,
): Promise<{ readonly verdict: Verdict; readonly receipt: ReceiptBody | undefined }> {
  const { enterprise } = asked
  const { realm } = set.realm
  const point = await riskOn(stores.history, { ...asked, realm })
  if (point === undefined)
    throw new Refusal({
      zh: `${realm} 中 ${enterprise} 当时尚无评分`,
      en: `Nothing was known of ${enterprise} in ${realm} by then.`,
    })
  const what = `${enterprise} ${point.effective} ${point.receipt}`
  const era = await eraOf(stores, set, point.effective)
  const policy = compilePolicy(era.rules, era.entry.from)
  const sums = verifyPoint(point, policy)
  if (point.policy !== policy.hash) return { verdict: { what, ...sums }, receipt: undefined }
  const { said, receipt } = await foldPointAgain(await receiptInputs(stores, enterprise, era, policy), policy, point)
  const differences = [...sums.differences, ...(receipt === undefined ? comparePoints(point, said) : [])]
  const ok = differences.length === 0
  return { verdict: { what, ok, differences }, receipt: ok ? receipt : undefined }
}

/** The policy that was in force at an instant; that of the file where the log knows of none. */
async function eraOf(stores: Stores, { realm: rules }: PolicySet, instant: number): Promise<Era> {
  const { realm } = rules
  const journal = await openPolicyJournal(stores, realm)
  await journal.close()
  const policy = policyHash(rules)
  const entry = { type: 'policy-in-force', realm, id: '', policy, staged: '', activation: '', from: 0, at: 0 } as const
  return eraAt(journal.book(), instant) ?? { entry, rules, stream: realm }
}

/** A receipt file by itself. Errors: `Refusal` where there is no such file, or it is larger than any receipt. */
export function verifyFile(file: string): Verdict {
  const size = statSync(file, { throwIfNoEntry: false })?.size
  if (size === undefined) throw new Refusal({ zh: `没有文件 ${file}`, en: `There is no file ${file}.` })
  if (size > RECEIPT_BYTES)
    throw new Refusal({
      zh: `${file} 超过凭证上限 ${RECEIPT_BYTES / 1024 ** 2} MiB`,
      en: `${file} is larger than the ${RECEIPT_BYTES / 1024 ** 2} MiB of a receipt.`,
    })
  const { ok, differences, point } = verifyReceipt(readFileSync(file))
  const what = point === undefined ? file : `${point.enterprise} ${point.effective} ${point.receipt}`
  return { what, ok, differences }
}

/** A draw: the seed against its commitment, and every visit drawn again from roster and seed. */
export async function verifyDrawOf({ log, history }: Stores, realm: string, period: string): Promise<Verdict> {
  const { committed, opened } = await createDecisionJournal(log, history).period(realm, period)
  if (committed === undefined || opened === undefined)
    throw new Refusal({
      zh: `${realm} 没有已公开的 ${period} 摇号`,
      en: `No draw of ${period} has been opened in ${realm}.`,
    })
  const { ok, visits, differences } = verifyDraw(committed, opened)
  return {
    what: `draw ${period}: ${visits} visits, commitment ${committed.seedCommitment}`,
    ok,
    differences: differences.map(({ what, where, expected, found }) => ({
      zh: `${DRAW_FAULTS[what].zh}(${where}):应为“${expected}”,实为“${found}”`,
      en: `${DRAW_FAULTS[what].en} (${where}): "${found}" instead of "${expected}"`,
    })),
  }
}
