import type { RealmPolicy } from '../core/policy.ts'
import type { Riser, ShardView, WarningLevel } from '../core/risk.ts'
import type { ShardState } from './shard-state.ts'
import type { CountedPoint } from './state/pack-enterprise.ts'

/** What a board adds up of a shard, kept as scores move: counting its enterprises anew would cost more than the folds. */
export interface ShardTotals {
  /** `null`: not there before, or not any more. */
  move(before: CountedPoint | null, after: CountedPoint | null): void
  /** A `ShardView` as JSON: most of it is the same from second to second. */
  view(risers: readonly Riser[]): string
}

export function createShardTotals(state: ShardState, realm: RealmPolicy): ShardTotals {
  const cells = new Map<string, [enterprises: number, risk: number, grave: number]>()
  const classes = { A: 0, B: 0, C: 0, D: 0 }
  const levels: Record<WarningLevel | 'none', number> = { none: 0, blue: 0, yellow: 0, orange: 0, red: 0 }
  let enterprises = 0
  let counted: string | undefined

  function count({ risk, district, industry, class: letter }: CountedPoint, by: 1 | -1): void {
    const level = levelOf(realm, risk)
    enterprises += by
    classes[letter] += by
    levels[level] += by
    const key = `${district}|${industry}`
    const cell = cells.get(key) ?? [0, 0, 0]
    cells.set(key, cell)
    cell[0] += by
    cell[1] += by * risk
    if (level === 'yellow' || level === 'orange' || level === 'red') cell[2] += by
    if (cell[0] === 0) cells.delete(key)
  }

  function move(before: CountedPoint | null, after: CountedPoint | null): void {
    counted = undefined
    if (before !== null) count(before, -1)
    if (after !== null) count(after, 1)
  }

  state.enterprises.visitLast((last) => move(null, last))
  return {
    move,
    view(risers) {
      counted ??= inner({ enterprises, cells: Object.fromEntries(cells), classes, levels })
      const rest = inner({ shard: state.shard, sealedUntil: state.sealed, risers })
      return `{${rest},${counted}}`
    },
  }
}

/** The fields of an object without its braces. */
function inner(part: Partial<ShardView>): string {
  return JSON.stringify(part).slice(1, -1)
}

function levelOf(realm: RealmPolicy, risk: number): WarningLevel | 'none' {
  let found: WarningLevel | 'none' = 'none'
  let from = -1
  for (const band of realm.warnings) {
    if (risk >= band.from && band.from > from) {
      found = band.level
      from = band.from
    }
  }
  return found
}
