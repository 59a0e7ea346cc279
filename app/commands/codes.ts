import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { Refusal } from '../../core/errors.ts'
import { type BrokenRule, examineUscc, type UsccReport } from '../../core/uscc-checks.ts'
import { createRowReader } from '../../ingest/decode/row-reader.ts'
import { mayHoldPersonalNumbers } from '../../ingest/mapping/personal.ts'
import type { Language } from '../language.ts'
import { loadPolicySetNamed } from '../policies.ts'
import type { CommandContext } from './command-context.ts'

export interface CodesCommand {
  readonly file: string
  /** Of a table the column that holds the codes; absent where the file is a list, one code a line. */
  readonly column?: string
  readonly all: boolean
  readonly json: boolean
  readonly language: Language
  readonly legacyCodes: ReadonlySet<string>
  readonly print: (line: string) => void
}

export type CodeCounts = Readonly<Record<UsccReport['verdict'], number>>

/** Examines every code of a file and prints those that are not simply right; the number of each verdict. */
export async function examineCodes(command: CodesCommand): Promise<CodeCounts> {
  const { all, json, language, print } = command
  const counts: Record<UsccReport['verdict'], number> = {
    ok: 0,
    legacy: 0,
    'bad-shape': 0,
    'bad-check-digit': 0,
    'bad-organisation-code': 0,
  }
  for await (const { line, text } of readCodes(command)) {
    const report = examineUscc(text, command.legacyCodes)
    counts[report.verdict] += 1
    if (report.verdict === 'ok' && !all) continue
    const shown = { line, ...report, code: shownCode(report) }
    print(
      json ? JSON.stringify(shown) : [line, shown.code, report.verdict, describe(report.broken, language)].join('\t'),
    )
  }
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  if (json) print(JSON.stringify({ total, ...counts }))
  else print(summaryOf(total, counts, language))
  return counts
}

/** A person's number that stands among the codes by mistake is not repeated on a screen. */
function shownCode({ code, verdict }: UsccReport): string {
  return verdict === 'bad-shape' && mayHoldPersonalNumbers(code) ? `${code.slice(0, 6)}…` : code
}

function describe(broken: readonly BrokenRule[], language: Language): string {
  return broken.map((rule) => describeRule(rule, language)).join('; ')
}

function describeRule({ rule, standard, at, expected, found }: BrokenRule, language: Language): string {
  const zh = language === 'zh'
  if (rule === 'length') return zh ? `${found} 位,应为 18 位` : `${found} characters instead of ${expected}`
  if (rule === 'character') return zh ? `第 ${at} 位不能是 ${found}` : `character ${at} cannot be ${found}`
  return zh
    ? `第 ${at} 位为 ${found},应为 ${expected}(${standard})`
    : `character ${at} is ${found}, should be ${expected} (${standard})`
}

function summaryOf(total: number, counts: CodeCounts, language: Language): string {
  const bad = counts['bad-shape'] + counts['bad-check-digit'] + counts['bad-organisation-code']
  return language === 'zh'
    ? `共 ${total} 个代码:正确 ${counts.ok},试点期合法代码 ${counts.legacy},错误 ${bad}`
    : `${total} codes: ${counts.ok} right, ${counts.legacy} legal of the early pilots, ${bad} wrong`
}

async function* readCodes({ file, column }: CodesCommand): AsyncGenerator<{ line: number; text: string }> {
  if (!existsSync(file)) throw new Refusal({ zh: `没有文件 ${file}`, en: `There is no file ${file}.` })
  if (column === undefined) {
    let line = 0
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1
      if (text.trim() !== '') yield { line, text }
    }
    return
  }
  for await (const rows of createRowReader({ format: 'csv', required: [column] }, file)(createReadStream(file))) {
    for (const row of rows) {
      if (row.error !== undefined)
        throw new Refusal({
          zh: `${file} 第 ${row.line} 行:${row.hint.zh}`,
          en: `${file}, line ${row.line}: ${row.hint.en}`,
        })
      yield { line: row.line, text: row.fields[column] ?? '' }
    }
  }
}

/** `fengsui codes FILE`: which codes are wrong, and in what. */
export function addCodesCommand(program: Command, { policies, language, print, exit }: CommandContext): void {
  program
    .command('codes')
    .description('检查统一社会信用代码:哪些错,错在哪一位 / which unified codes are wrong, and in which character')
    .argument('<file>', '每行一个代码,或表格 / one code a line, or a table')
    .option('--column <name>', '表格中代码所在的列 / the column of a table')
    .option('--set <name>', '试点期合法代码取自哪个规则集 / the set that lists codes of the early pilots', 'city')
    .option('--all', '也列出正确的 / the right ones too', false)
    .option('--json', '每个代码一行 JSON / one JSON line per code', false)
    .addHelpText('after', '\n  fengsui codes examples/penalties.csv --column CF_XDR_SHXYM --all')
    .action(async (file: string, options: { column?: string; set: string; all: boolean; json: boolean }) => {
      const { legacyCodes } = loadPolicySetNamed(policies(), options.set)
      const counts = await examineCodes({ ...options, file, language, legacyCodes, print })
      const { ok: _right, legacy: _legal, ...wrong } = counts
      exit(Object.values(wrong).every((count) => count === 0) ? 0 : 1)
    })
}
