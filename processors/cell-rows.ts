import type { CellCounts, SealedPeriod } from '../core/cells.ts'
import type { History } from '../core/history.ts'
import type { PeriodStreams } from './period-streams.ts'
import type { Side } from './side.ts'

/** What sealed periods say of cells, as rows of the history: whole counts, of the periods that they restate as well. */
export interface CellRows {
  /** The next period, once `side` has taken it and before it takes another. */
  add(period: SealedPeriod): void
  /** Lines of what was added since the last call; `undefined` where that is nothing. */
  lines(): Uint8Array | undefined
}

/**
 * Periods that the history has are not written again but for the newest, which may have been cut off: their rows go in
 * order, and all of them are in the log to be read again.
 */
export async function openCellRows(history: History, streams: PeriodStreams, side: Side): Promise<CellRows> {
  const { realm, from, periodMs } = streams
  const [newest] = await history.query<{ recorded: number }>(
    'SELECT max(recorded) AS recorded FROM cells WHERE realm = {realm:String}',
    { realm },
  )
  const written = Number(newest?.recorded ?? 0)
  let lines: string[] = []

  function addCounts(counts: Readonly<Record<string, CellCounts>>, ended: number, period: SealedPeriod): void {
    const { end: recorded, effective } = period
    for (const [cell, byKey] of Object.entries(counts)) {
      for (const key of Object.keys(byKey)) {
        const count = side.countOf(cell, key, ended)
        lines.push(`${JSON.stringify({ realm, cell, key, ended, recorded, effective, count })}\n`)
      }
    }
  }

  /** In force under this policy: what lies before was said under another, and stays as it was said. */
  const isOwn = (end: number) => end >= from - periodMs

  return {
    add(period) {
      if (period.end < written || !isOwn(period.end)) return
      addCounts(period.counts, period.end, period)
      for (const { end, counts } of period.restated ?? []) if (isOwn(end)) addCounts(counts, end, period)
    },
    lines() {
      if (lines.length === 0) return undefined
      const bytes = Buffer.from(lines.join(''))
      lines = []
      return bytes
    },
  }
}
