import type { BoardWarning } from '../../board-model.ts'

/** What was clicked on the map: a row, a column or a cell of it. */
export interface Filter {
  readonly district?: string
  readonly industry?: string
}

/** `*` on the map gathers codes that are not on its axes. */
function meets(wanted: string | undefined, codes: readonly string[], axis: readonly string[]): boolean {
  if (wanted === undefined) return true
  return wanted === '*' ? codes.some((code) => !axis.includes(code)) : codes.includes(wanted)
}

export function matches(
  filter: Filter,
  of: Pick<BoardWarning, 'district' | 'industries'>,
  axes: { readonly districts: readonly string[]; readonly industries: readonly string[] },
): boolean {
  return meets(filter.district, [of.district], axes.districts) && meets(filter.industry, of.industries, axes.industries)
}
