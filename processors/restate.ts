import { floorToGrid } from '../core/time.ts'
import { attributesAt } from './attributes.ts'
import { countInto, EXAMPLES_KEPT, type OpenPeriods, periodAt, type Restated } from './cell-count.ts'
import type { CompiledPolicy } from './compile-policy.ts'
import type { EnterpriseState } from './enterprise.ts'
import type { CellCount } from './own-cells.ts'
import { tickAfter } from './timeline.ts'

/** One fact in one cell, as an enterprise's entries have it. */
interface Counted extends CellCount {
  readonly id: string
  readonly known: number
}

/** What an enterprise counts into cells, by fact and cell: the same as was counted as it came, had it been so then. */
export type CountedFacts = ReadonlyMap<string, Counted>

/** Of each fact the first version that was known in `from` up to `through`, in the cells of who the enterprise was then. */
export function countedFacts(
  enterprise: EnterpriseState,
  from: number,
  through: number,
  policy: CompiledPolicy,
): CountedFacts {
  const counted = new Map<string, Counted>()
  if (policy.cells.length === 0) return counted
  const seen = new Set<string>()
  for (const { id, known, cells, gone, struck } of enterprise.entries) {
    if (known >= through) break
    if (seen.has(id)) continue
    seen.add(id)
    if (cells === '' || gone || struck || known < from) continue
    const tick = tickAfter(known, policy)
    for (const count of policy.countsOf(cells, () => attributesAt(enterprise, tick))) {
      counted.set(`${known} ${count.cell}/${count.key} ${id}`, { ...count, id, known })
    }
  }
  return counted
}

/**
 * Puts right what an enterprise has counted: in the period that is still open at `recorded` itself, and of those that are
 * sealed as differences, which that period says.
 */
export function restate(
  open: OpenPeriods,
  { id: enterprise }: EnterpriseState,
  before: CountedFacts,
  now: CountedFacts,
  recorded: number,
  policy: CompiledPolicy,
): void {
  const current = floorToGrid(recorded - 1, policy.periodMs, policy.realm.zoneOffsetMinutes)
  for (const [name, one] of before) {
    if (now.has(name)) continue
    if (one.known >= current) takeOut(open, one, policy)
    else difference(open, one, recorded, policy, (restated) => goes(restated, one, policy))
  }
  for (const [name, one] of now) {
    if (before.has(name)) continue
    if (one.known >= current) countInto(open, { ...one, subject: enterprise }, [one], policy)
    else difference(open, one, recorded, policy, (restated) => comes(restated, one, enterprise, policy))
  }
}

function difference(
  open: OpenPeriods,
  { known }: Counted,
  recorded: number,
  policy: CompiledPolicy,
  change: (restated: Restated) => void,
): void {
  const period = periodAt(open, recorded - 1, policy)
  const all = period.restated ?? {}
  period.restated = all
  const start = String(floorToGrid(known, policy.periodMs, policy.realm.zoneOffsetMinutes))
  const restated = all[start] ?? { counts: {}, examples: {}, gone: {} }
  all[start] = restated
  change(restated)
}

function takeOut(open: OpenPeriods, one: Counted, policy: CompiledPolicy): void {
  const { counts, examples } = periodAt(open, one.known, policy)
  addTo(counts, one, -1)
  dropFrom(examples, nameOf(one), ([id]) => id === one.id)
}

function goes({ counts, examples, gone }: Restated, one: Counted, policy: CompiledPolicy): void {
  addTo(counts, one, -1)
  if (one.cell !== policy.realm.detection.cell) return
  const name = nameOf(one)
  dropFrom(examples, name, ([id]) => id === one.id)
  gone[name] = [...(gone[name] ?? []), one.id]
}

function comes({ counts, examples, gone }: Restated, one: Counted, enterprise: string, policy: CompiledPolicy): void {
  addTo(counts, one, 1)
  if (one.cell !== policy.realm.detection.cell) return
  const name = nameOf(one)
  dropFrom(gone, name, (id) => id === one.id)
  const kept = examples[name] ?? []
  if (kept.length < EXAMPLES_KEPT) examples[name] = [...kept, [one.id, enterprise]]
}

const nameOf = ({ cell, key }: CellCount): string => `${cell}/${key}`

function addTo(counts: Record<string, Record<string, number>>, { cell, key }: CellCount, by: 1 | -1): void {
  const byKey = counts[cell] ?? {}
  counts[cell] = byKey
  byKey[key] = (byKey[key] ?? 0) + by
  if (byKey[key] === 0) delete byKey[key]
  if (Object.keys(byKey).length === 0) delete counts[cell]
}

function dropFrom<One>(lists: Record<string, One[]>, name: string, isDropped: (one: One) => boolean): void {
  const kept = (lists[name] ?? []).filter((one) => !isDropped(one))
  if (kept.length > 0) lists[name] = kept
  else delete lists[name]
}
