import type { PolicyHandover, SealedPeriod } from '../core/cells.ts'
import type { PeriodStreams } from './period-streams.ts'

/** The period with which a policy ends, and the tick from which the next one is in force. */
export interface Handover extends PolicyHandover {
  readonly from: number
}

/** Sealed periods on their way into the folds: in order, each once, and none before it may be known. */
export interface SealedQueue {
  add(periods: readonly SealedPeriod[]): void
  /** Takes out what ended at or before `through`, at most so many, and not what ends this policy: its folds must not pass it. */
  take(through: number, most?: number): readonly SealedPeriod[]
  /** End of the newest period that was added, 0 before the first. */
  newest(): number
  /** End of the newest period that was taken out. */
  taken(): number
  /** What ends this policy, once it has been read. */
  handover(): Handover | undefined
}

export function createSealedQueue({ realm, aside, from, periodMs }: PeriodStreams): SealedQueue {
  const waiting = new Map<number, SealedPeriod>()
  let newest = 0
  let taken = 0
  let handover: Handover | undefined
  /** The last period that is told aside: one of the realm's stream must not overtake it. */
  const lastAside = aside === realm || !Number.isFinite(from) ? 0 : from - periodMs

  return {
    add(periods) {
      for (const period of periods) {
        if (period.end <= taken || waiting.has(period.end)) continue
        waiting.set(period.end, period)
        newest = Math.max(newest, period.end)
        if (period.activates !== undefined && handover === undefined) {
          handover = { ...period.activates, from: period.effective }
        }
      }
    },
    take(through, most) {
      const last = handover === undefined ? through : Math.min(through, handover.from - periodMs - 1)
      const due = [...waiting.keys()].filter((end) => end <= last).sort((left, right) => left - right)
      const periods: SealedPeriod[] = []
      for (const end of due.slice(0, most)) {
        const period = waiting.get(end)
        if (period === undefined || (end > lastAside && taken < lastAside)) break
        periods.push(period)
        waiting.delete(end)
        taken = end
      }
      return periods
    },
    newest: () => newest,
    taken: () => taken,
    handover: () => handover,
  }
}
