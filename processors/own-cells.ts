import type { Observation } from '../core/observation.ts'
import type { CellPolicy } from '../core/policy.ts'
import { matcher } from '../core/selection.ts'
import type { Attributes } from './enterprise.ts'

export interface CellCount {
  readonly cell: string
  readonly key: string
}

/** Which cells count an observation. */
export interface CellFinder {
  /** No observation of any other kind counts anywhere. */
  countsKind(kind: Observation['kind']): boolean
  /**
   * Where an observation counts, as far as it says so itself: what a fold keeps of it, for `countsOf`. Empty where it
   * counts nowhere.
   */
  cellsOf(observation: Observation): string
  /** The cells and keys; one whose key would have an empty part is left out. */
  countsOf(cells: string, attributes: () => Attributes | undefined): readonly CellCount[]
}

type By = CellPolicy['by'][number]

/** Index of a cell, and the parts of its key; the empty ones are for the registry to say. */
type OwnCell = readonly [cell: number, ...parts: string[]]

/** The same few texts come again and again; where they do not, they are not kept. */
const MOST_READ = 4_096
const NO_COUNTS: readonly CellCount[] = []

export function createCellFinder(cells: readonly CellPolicy[]): CellFinder {
  const byKind = new Map<string, { readonly index: number; readonly matches: ReturnType<typeof matcher> }[]>()
  for (const [index, { select }] of cells.entries()) {
    const counted = { index, matches: matcher(select) }
    for (const kind of select.kinds) byKind.set(kind, [...(byKind.get(kind) ?? []), counted])
  }
  const read = new Map<string, readonly OwnCell[]>()

  function ownCells(text: string): readonly OwnCell[] {
    const known = read.get(text)
    if (known !== undefined) return known
    const own: readonly OwnCell[] = JSON.parse(text)
    if (read.size >= MOST_READ) read.clear()
    read.set(text, own)
    return own
  }

  return {
    countsKind: (kind) => byKind.has(kind),
    cellsOf(observation) {
      const own: OwnCell[] = []
      for (const { index, matches } of byKind.get(observation.kind) ?? []) {
        const parts = matches(observation) ? partsOf(cells[index]?.by ?? [], observation) : undefined
        if (parts !== undefined) own.push([index, ...parts])
      }
      return own.length === 0 ? '' : JSON.stringify(own)
    },
    countsOf(text, attributes) {
      if (text === '') return NO_COUNTS
      const counts: CellCount[] = []
      for (const [index, ...parts] of ownCells(text)) {
        const cell = cells[index]
        const key = cell === undefined ? undefined : keyOf(cell.by, parts, attributes)
        if (cell !== undefined && key !== undefined) counts.push({ cell: cell.id, key })
      }
      return counts
    },
  }
}

/** `undefined` where whoever the enterprise is, the key would lack a part. */
function partsOf(by: readonly By[], observation: Observation): readonly string[] | undefined {
  const { subject, facts, cause } = observation
  const parts: string[] = []
  for (const one of by) {
    if (one === 'cause') {
      if (cause === '') return undefined
      parts.push(cause)
    } else if (one === 'place') {
      if (facts.place === '' && !subject.startsWith('place:')) return undefined
      parts.push(subject.startsWith('place:') ? subject : (facts.place ?? ''))
    } else parts.push(observation[one] || facts[one] || '')
  }
  return parts
}

function keyOf(
  by: readonly By[],
  parts: readonly string[],
  attributes: () => Attributes | undefined,
): string | undefined {
  const key: string[] = []
  for (const [index, one] of by.entries()) {
    const part = parts[index] || (one === 'cause' ? '' : (attributes()?.[one] ?? ''))
    if (part === '') return undefined
    key.push(part)
  }
  return key.join('|')
}
