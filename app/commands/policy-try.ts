import { randomBytes } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { basename } from 'node:path'
import { Refusal } from '../../core/errors.ts'
import type { Observation } from '../../core/observation.ts'
import { toLocalIso } from '../../core/time.ts'
import { KIND_NAMES, nameOf, REASON_NAMES, TRUST_NAMES } from '../../core/words.ts'
import { createRowReader } from '../../ingest/decode/row-reader.ts'
import { createTrial, type TrialSummary, type TriedRow } from '../../ingest/trial.ts'
import { compileFeeds } from '../ingest-parts.ts'
import { type Language, say } from '../language.ts'
import type { PolicySet } from '../policies.ts'

export interface TryCommand {
  readonly feed: string
  readonly file: string
  /** Kept rows that are shown; all rejects are counted whatever it is. */
  readonly rows: number
  readonly json: boolean
  readonly language: Language
  /** Wall time, UTC ms: a date after it has not come yet. */
  readonly now: number
  readonly print: (line: string) => void
}

/**
 * What each row of a file would become, and why others would be rejected. Nothing is sent or kept, and no running
 * system is needed; tokens of personal numbers are made with a key of this run alone.
 */
export async function tryFeed(set: PolicySet, command: TryCommand): Promise<TrialSummary> {
  const { feed: name, file, json, language, print } = command
  const feed = compileFeeds(set, randomBytes(32)).get(name)
  if (feed === undefined)
    throw new Refusal({
      zh: `规则集 ${set.set} 没有数据源 ${name},现有 ${[...set.feeds.keys()].join('、')}`,
      en: `The set ${set.set} has no feed "${name}": it has ${[...set.feeds.keys()].join(', ')}.`,
    })
  if (!existsSync(file)) throw new Refusal({ zh: `没有文件 ${file}`, en: `There is no file ${file}.` })
  const trial = createTrial(feed, basename(file), command.now)
  let shown = 0
  for await (const rows of createRowReader(feed.policy, file)(createReadStream(file))) {
    for (const row of rows) {
      const tried = trial.try(row)
      if (json) print(JSON.stringify(tried))
      else if ('observations' in tried && shown++ < command.rows) describeRow(tried, set, language).forEach(print)
    }
  }
  const summary = trial.summary()
  if (json) print(JSON.stringify({ feed: name, file: basename(file), ...summary }))
  else describeSummary(set, name, summary, command).forEach(print)
  return summary
}

const WORDS = {
  line: { zh: '第 {} 行', en: 'line {}' },
  known: { zh: '知悉', en: 'known' },
  occurred: { zh: '发生', en: 'occurred' },
  decided: { zh: '决定', en: 'decided' },
  published: { zh: '公示', en: 'published' },
  value: { zh: '数值', en: 'value' },
  missing: { zh: '缺失', en: 'missing' },
  yuan: { zh: '元', en: 'yuan' },
  cause: { zh: '事由', en: 'cause' },
} as const

function describeRow(
  { line, observations }: Extract<TriedRow, { observations: unknown }>,
  set: PolicySet,
  language: Language,
): string[] {
  const [first] = observations
  const head = [say(WORDS.line, language).replace('{}', String(line)), first?.subject ?? '', first?.authority ?? '']
  return [head.join('  '), ...observations.flatMap((one) => describeObservation(one, set, language))]
}

function describeObservation(one: Observation, { realm, feeds }: PolicySet, language: Language): string[] {
  const times = (['occurred', 'decided', 'published', 'known'] as const)
    .filter((time) => one[time] !== 0)
    .map((time) => `${say(WORDS[time], language)} ${readable(one[time], realm.zoneOffsetMinutes)}`)
  const title = [
    `${one.part}: ${say(nameOf(KIND_NAMES, one.kind), language)}`,
    say(nameOf(TRUST_NAMES, one.trust), language),
    one.cause === '' ? '' : `${say(WORDS.cause, language)} ${say(nameOf(realm.causes, one.cause), language)}`,
    amountOf(one, language),
  ]
  const mapping = feeds.get(one.feed)?.observations.find(({ part }) => part === one.part)?.facts ?? {}
  const facts = Object.entries(one.facts).map(([fact, text]) => {
    const isInstant = mapping[fact]?.date !== undefined
    return `${fact}=${isInstant ? readable(Number(text), realm.zoneOffsetMinutes) : text}`
  })
  return [
    `    ${title.filter((part) => part !== '').join(' · ')}`,
    `        ${times.join(', ')}`,
    ...(facts.length === 0 ? [] : [`        ${facts.join('  ')}`]),
  ]
}

function amountOf({ value, unit, facts }: Observation, language: Language): string {
  if (value === null)
    return facts.quality === 'missing' ? `${say(WORDS.value, language)} ${say(WORDS.missing, language)}` : ''
  // Fen are whole, so two digits show all of them.
  const text =
    unit === 'fen' ? `${(value / 100).toFixed(2)} ${say(WORDS.yuan, language)}` : `${value} ${unit}`.trimEnd()
  return `${say(WORDS.value, language)} ${text}`
}

/** Civil time; the time of day is left out at midnight, which is how a date without one is kept. */
function readable(instant: number, zoneOffsetMinutes: number): string {
  const text = toLocalIso(instant, zoneOffsetMinutes).slice(0, 19).replace('T', ' ')
  return text.endsWith(' 00:00:00') ? text.slice(0, 10) : text
}

function describeSummary(
  set: PolicySet,
  feed: string,
  { rows, kept, observations, rejected, repeated, groups }: TrialSummary,
  { language, rows: wanted }: TryCommand,
): string[] {
  const name = set.feeds.get(feed)?.name
  const zh = language === 'zh'
  const lines = [
    '',
    zh
      ? `${name?.zh ?? ''} ${feed}:${rows} 行 = 接收 ${kept} 行(监管事实 ${observations} 条) + 退回 ${rejected} 行`
      : `${name?.en ?? ''} ${feed}: ${rows} rows = ${kept} kept (${observations} observations) + ${rejected} rejected`,
  ]
  if (kept > wanted && wanted > 0)
    lines.push(zh ? `只显示了前 ${wanted} 行(--rows)` : `only the first ${wanted} are shown (--rows)`)
  if (repeated > 0)
    lines.push(
      zh ? `${repeated} 行与前面的行是同一记录` : `${repeated} rows name a record that stood in the file before`,
    )
  for (const group of groups) {
    const more = group.rows > group.lines.length ? ', …' : ''
    const at = `${zh ? '行' : 'lines'} ${group.lines.join(', ')}${more}`
    lines.push(`  ${group.rows} × ${group.reason} ${say(nameOf(REASON_NAMES, group.reason), language)}`)
    lines.push(`      ${group.hint[language]}  (${at})`)
  }
  return lines
}
