import { canonicalJson } from '../../core/hash.ts'
import type { History, HistoryTable, RowForm } from '../../core/history.ts'

export type HistoryRow = Readonly<Record<string, unknown>>

/** A history in memory whose tables treat rows that come again as those of the migrations do. */
export interface MemoryHistory extends History {
  /** As FINAL reads them: of rows with one key the newest version. */
  rows(table: HistoryTable): readonly HistoryRow[]
  /** Rows of one key and version that do not say the same: whichever is kept, something is lost. */
  contradictions(): readonly string[]
  /** Rows that were written, as often as they were. */
  written(): number
}

interface TableRule {
  /** What the table is ordered by: rows that agree in it are one row. */
  readonly key: readonly string[]
  /** The column whose highest value is kept; the last row to come where there is none. */
  readonly version?: string
  /** Columns that tell when a row was made, not what is so. */
  readonly wallTimes?: readonly string[]
}

/** ORDER BY, and the column in the brackets of ReplacingMergeTree, of adapters/clickhouse/migrations. */
const RULES: Readonly<Record<HistoryTable, TableRule>> = {
  observations: {
    // `id` is made of feed, record and part.
    key: ['realm', 'subject', 'known', 'feed', 'record', 'part', 'version', 'content'],
    wallTimes: ['received', 'source', 'line'],
  },
  rejects: { key: ['realm', 'feed', 'id'], wallTimes: ['received', 'sealed', 'until'] },
  reject_states: { key: ['realm', 'feed', 'id'] },
  archive: { key: ['realm', 'topic', 'shard', 'position', 'first'], wallTimes: ['written'] },
  enterprises: { key: ['realm', 'enterprise'], version: 'known' },
  risk: { key: ['realm', 'enterprise', 'effective', 'recorded'], version: 'revision' },
  shadow_risk: { key: ['realm', 'policy', 'enterprise', 'effective', 'recorded'], version: 'revision' },
  cells: { key: ['realm', 'cell', 'key', 'ended', 'recorded'] },
  warnings: { key: ['realm', 'id', 'revision'], version: 'revision' },
  notices: { key: ['realm', 'id', 'state'] },
  decisions: { key: ['realm', 'id', 'type'] },
  snapshots: { key: ['realm', 'role', 'shard'], version: 'saved' },
}

/** `knowsRows`: false for a store that knows batches by their token alone, and rows not at all. */
export function createMemoryHistory(knowsRows = true): MemoryHistory {
  const tables = new Map<HistoryTable, Map<string, HistoryRow>>()
  const tokens = new Set<string>()
  const found: string[] = []
  let written = 0
  let archived: readonly HistoryRow[] = []

  function keep(table: HistoryTable, row: HistoryRow): void {
    written += 1
    const rule = RULES[table]
    const rows = tables.get(table) ?? new Map<string, HistoryRow>()
    tables.set(table, rows)
    const key = knowsRows ? rule.key.map((column) => row[column]).join('\n') : String(rows.size)
    const held = rows.get(key)
    if (held !== undefined && rule.version !== undefined) {
      const [before, now] = [Number(held[rule.version]), Number(row[rule.version])]
      if (now < before) return
      if (now > before) return void rows.set(key, row)
    }
    // A part that is taken back has nothing to say but that.
    if (held !== undefined && row.gone !== 1 && said(held, rule) !== said(row, rule)) {
      found.push(`${table}: ${said(held, rule)} and ${said(row, rule)}`)
    }
    rows.set(key, row)
  }

  return {
    async insert(table, bytes, token, form) {
      if (tokens.has(token)) return
      tokens.add(token)
      for (const row of readRows(bytes, form)) keep(table, row)
    },
    async query<Row>(sql: string, params: Readonly<Record<string, unknown>>) {
      if (sql.includes('FROM decisions')) return policySteps(tables.get('decisions')) as Row[]
      if (sql.includes('FROM cells')) {
        const ends = [...(tables.get('cells')?.values() ?? [])].map(({ recorded }) => Number(recorded))
        return [{ recorded: Math.max(0, ...ends) }] as Row[]
      }
      if (!sql.includes('FROM archive'))
        throw new Error(`this history answers nothing but archive, cells and policies: ${sql}`)
      const { realm, shard, given } = params
      if (shard === undefined) {
        const rows = [...(tables.get('archive')?.values() ?? [])].filter((row) => row.realm === realm)
        return [...new Set(rows.map((row) => row.shard))].map((known) => ({ shard: known }) as Row)
      }
      const placeOf = (row: HistoryRow) => `${row.position} ${row.first}`
      // A start asks for each shard apart: read once for all of them.
      if (archived.length !== tables.get('archive')?.size) archived = [...(tables.get('archive')?.values() ?? [])]
      return archived
        .filter((row) => row.realm === realm && Number(row.shard) === shard && String(row.position) > String(given))
        .sort((left, right) => (placeOf(left) < placeOf(right) ? -1 : 1))
        .map((row): Row => {
          const bytes = Buffer.from(String(row.bytes), 'latin1').toString('base64')
          return { ...row, shard, opens: row.first, bytes } as Row
        })
    },
    async command() {},
    async close() {},
    rows: (table) => [...(tables.get(table)?.values() ?? [])],
    contradictions: () => found,
    written: () => written,
  }
}

function said(row: HistoryRow, { wallTimes = [] }: TableRule): string {
  return canonicalJson(Object.fromEntries(Object.entries(row).filter(([column]) => !wallTimes.includes(column))))
}

/** As `openPolicyJournal` of core/policy-journal.ts asks for them. */
function policySteps(decisions: ReadonlyMap<string, HistoryRow> | undefined): readonly HistoryRow[] {
  const order = ['policy-staged', 'policy-activated', 'policy-in-force']
  return [...(decisions?.values() ?? [])]
    .filter(({ type }) => order.includes(String(type)))
    .sort((left, right) => {
      const apart = Number(left.at) - Number(right.at)
      return apart || order.indexOf(String(left.type)) - order.indexOf(String(right.type))
    })
}

function readRows(bytes: Uint8Array, form: RowForm | undefined): readonly HistoryRow[] {
  // Of tab-separated values each character is a byte.
  const isTabbed = form?.format === 'TabSeparated'
  const lines = Buffer.from(bytes)
    .toString(isTabbed ? 'latin1' : 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  if (form === undefined) return lines.map((line): HistoryRow => JSON.parse(line))
  return lines.map((line) => {
    const values: readonly unknown[] = isTabbed ? line.split('\t').map(unescaped) : JSON.parse(line)
    return Object.fromEntries(form.columns.map((column, index) => [column, values[index]]))
  })
}

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

function unescaped(value: string): string {
  if (!value.includes('\\')) return value
  return value.replaceAll(/\\(.)/gs, (_, letter: string) => ESCAPED[letter] ?? letter)
}
