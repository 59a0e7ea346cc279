import type { SaidPoint } from './risk-line.ts'
import type { ShardFold } from './shard-fold.ts'

/**
 * Who in one shard is told of before being sealed, for the present alone. What is sealed in the end may be what stood
 * before (a record is corrected on the day on which it came): the present is then told that again, or it would keep a
 * score that no history has. Nothing of it is in a snapshot: it follows from what has arrived and is not sealed.
 */
export interface Ahead {
  /** Something live has arrived about this enterprise. */
  touch(id: string): void
  /**
   * To be called once what can be sealed is sealed. `told`: of whose sealed scores the present is told anyway.
   * `standing`: whose provisional score has come to nothing; no point where nothing was ever sealed.
   */
  settle(told: ReadonlySet<string>): {
    readonly provisional: readonly SaidPoint[]
    readonly standing: ReadonlyMap<string, SaidPoint | undefined>
  }
}

const NOBODY: ReadonlyMap<string, number> = new Map()

export function createAhead(fold: Pick<ShardFold, 'state' | 'provisional' | 'standing'>): Ahead {
  const touched = new Set<string>()
  /** By enterprise: an instant that is to be sealed before what was told of it is settled, UTC ms. */
  const waiting = new Map<string, number>()
  let settledUntil = 0
  for (const { id, entries } of fold.state.enterprises.knownSince(fold.state.sealed)) {
    // Told before this process began, or not: told again it does no harm.
    waiting.set(id, (entries.at(-1)?.known ?? 0) + 1)
  }

  return {
    touch: (id) => void touched.add(id),
    settle(told) {
      const provisional: SaidPoint[] = []
      const standing = new Map<string, SaidPoint | undefined>()
      // A sealed score that is older than the provisional one must not hide it.
      for (const id of told) if (waiting.has(id)) touched.add(id)
      for (const id of touched) {
        const point = fold.provisional(id)
        if (point !== undefined) {
          provisional.push(point)
          waiting.set(id, point.point.effective)
        } else if (waiting.delete(id) && !told.has(id)) standing.set(id, fold.standing(id))
      }
      const { sealed } = fold.state
      for (const [id, until] of sealed > settledUntil ? waiting : NOBODY) {
        if (touched.has(id) || until > sealed) continue
        waiting.delete(id)
        standing.set(id, fold.standing(id))
      }
      settledUntil = sealed
      touched.clear()
      return { provisional, standing }
    },
  }
}
