import { dateText, inOffice, timeText } from '../calendar.ts'
import type { Enterprise } from '../enterprise.ts'
import { csv } from '../feeds/feed.ts'
import { createRandom, type Random } from '../random.ts'
import { at, type World } from '../world.ts'

/** What an authority files with the city and the simulated city does not play day by day: examples of it. */
export interface Filing {
  readonly feed: string
  /** Another layout of the same feed, named in the file's name. */
  readonly layout?: string
  readonly format: 'csv' | 'ndjson'
  readonly columns: readonly string[]
  /** One value for each column. */
  row(place: Place): readonly string[]
}

/** Where in the file a row stands, and what it is about. */
export interface Place {
  readonly n: number
  readonly of: Enterprise
  readonly random: Random
  /** The day of the fact, numbered from 1970-01-01 local. */
  readonly day: number
  /** `2026-03-02 14:05:00`: when it was filed, three days later. */
  readonly filed: string
}

const FILED_AFTER = 3

/** So many rows of a filing, the same on every machine. */
export function fileOf(world: World, filing: Filing, options: { seed: number; day: number; rows: number }): string {
  const rows = Array.from({ length: options.rows }, (_, n) => {
    const random = createRandom(options.seed, n, filing.feed.length, filing.columns.length)
    const day = options.day + n * 2
    const filed = timeText(inOffice(day + FILED_AFTER, random.unit()))
    return filing.row({
      n,
      of: at(world.enterprises, (n * 7 + filing.feed.length) % world.enterprises.length),
      random,
      day,
      filed,
    })
  })
  for (const row of rows) {
    if (row.length !== filing.columns.length) throw new RangeError(`${filing.feed}: ${row.length} values`)
  }
  const lines =
    filing.format === 'csv'
      ? [filing.columns.join(','), ...rows.map((row) => row.map(csv).join(','))]
      : rows.map((row) => JSON.stringify(Object.fromEntries(filing.columns.map((column, i) => [column, row[i] ?? '']))))
  return `${lines.join('\n')}\n`
}

/** Spreadsheets count days from 1899-12-30. */
const EXCEL_OFFSET = 25_569

/** The same day as five offices would write it, in turn. */
export function writtenDay(day: number, n: number): string {
  const text = dateText(day)
  const [year = '', month = '', date = ''] = text.split('-')
  switch (n % 5) {
    case 1:
      return `${year}/${Number(month)}/${Number(date)}`
    case 2:
      return `${year}${month}${date}`
    case 3:
      return `${year}年${Number(month)}月${Number(date)}日`
    case 4:
      return String(day + EXCEL_OFFSET)
    default:
      return text
  }
}

/** Full-width digits and capitals, as some input methods leave them. */
export function fullWidth(text: string): string {
  return text.replace(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0))
}
