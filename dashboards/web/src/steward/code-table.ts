import type { CodeLine } from '../../../steward-model.ts'

/** Wrong ones first, then those that stand twice. */
export const FAULTS = [
  'bad-check-digit',
  'bad-code-shape',
  'legacy',
  'one-code-several-names',
  'one-name-several-codes',
] as const satisfies readonly CodeLine['fault'][]

export interface AuthorityRow {
  readonly authority: string
  readonly counts: Readonly<Partial<Record<CodeLine['fault'], number>>>
  readonly records: number
  readonly share: number
}

/** Wrong by itself; the others are right codes that two names, or names that two codes, lay claim to. */
export function isWrong(fault: CodeLine['fault']): boolean {
  return fault === 'bad-check-digit' || fault === 'bad-code-shape' || fault === 'legacy'
}

/** One row an authority, the highest share of faults first. A month's records count once, however many faults it has. */
export function tabulate(lines: readonly CodeLine[]): readonly AuthorityRow[] {
  type Row = { readonly counts: Partial<Record<CodeLine['fault'], number>>; readonly months: Map<string, number> }
  const rows = new Map<string, Row>()
  for (const { authority, month, fault, count, records } of lines) {
    const row: Row = rows.get(authority) ?? { counts: {}, months: new Map() }
    rows.set(authority, row)
    row.counts[fault] = (row.counts[fault] ?? 0) + count
    row.months.set(month, records)
  }
  return [...rows]
    .map(([authority, { counts, months }]) => {
      const records = [...months.values()].reduce((sum, each) => sum + each, 0)
      const faults = Object.values(counts).reduce((sum, each) => sum + each, 0)
      return { authority, counts, records, share: records === 0 ? 0 : faults / records }
    })
    .toSorted((left, right) => right.share - left.share || (left.authority < right.authority ? -1 : 1))
}
