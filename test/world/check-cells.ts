import type { SealedPeriod } from '../../core/cells.ts'
import type { MemoryHistory } from './memory-history.ts'
import { countCity, type Heard } from './oracle-city.ts'
import type { Fact } from './oracle-facts.ts'

/** What all sealed periods come to, with all that they restate: `week end cell/key count`. */
export function cellsOf(periods: readonly SealedPeriod[]): string[] {
  const sums = new Map<string, number>()
  for (const { end, counts, restated = [] } of periods) {
    for (const said of [{ end, counts }, ...restated]) {
      for (const [cell, byKey] of Object.entries(said.counts)) {
        for (const [key, count] of Object.entries(byKey)) {
          const name = `${said.end} ${cell}/${key}`
          sums.set(name, (sums.get(name) ?? 0) + count)
        }
      }
    }
  }
  return [...sums].flatMap(([name, count]) => (count === 0 ? [] : [`${name} ${count}`]))
}

/** As the table has it now: of each count the one that was recorded last. */
export function cellRows(history: MemoryHistory): string[] {
  const newest = new Map<string, { readonly recorded: number; readonly count: number }>()
  for (const row of history.rows('cells')) {
    const name = `${row.ended} ${row.cell}/${row.key}`
    const [recorded, count] = [Number(row.recorded), Number(row.count)]
    if ((newest.get(name)?.recorded ?? 0) < recorded) newest.set(name, { recorded, count })
  }
  return [...newest].flatMap(([name, { count }]) => (count === 0 ? [] : [`${name} ${count}`]))
}

/** What would have been counted, had all been right from the start that was heard of by the last period's end. */
export function expectedCells(facts: readonly Fact[], heard: Heard, periods: readonly SealedPeriod[]): string[] {
  const last = Math.max(0, ...periods.map(({ end }) => end))
  return [...countCity(facts, heard, last)].flatMap(([end, counts]) =>
    end > last ? [] : [...counts].map(([name, count]) => `${end} ${name} ${count}`),
  )
}
