import type { Progress } from '../core/event-log.ts'
import type { FoldStep, LoneFold } from './lone-fold.ts'

/**
 * Time is said every few seconds, an enterprise hears of something every few days: what lies between two of its lines
 * becomes at most one step, after which the fold stands as after all of them.
 */
export interface StepCollector {
  /** Folds a step and keeps of it what matters; answers what the fold says. */
  take(step: FoldStep): ReturnType<LoneFold['take']>
  /** The steps that matter, so far. */
  steps(): readonly FoldStep[]
}

export function createStepCollector(fold: LoneFold): StepCollector {
  const kept: FoldStep[] = []
  /** Newest word of each feed that no kept step has. */
  const unsaid = new Map<string, Progress>()
  /** Words at which the promise last rose: what comes for a promised tick is late, so their moment counts. */
  let raised: readonly Progress[] = []

  function flushRaised(): void {
    if (raised.length > 0) kept.push({ lines: [], progress: raised })
    raised = []
  }

  return {
    take(step) {
      const { lines, progress } = step
      const [begunBefore, promisedBefore] = [fold.hasBegun(), fold.promised()]
      const said = fold.take(step)
      const begins = fold.hasBegun() && !begunBefore
      if (lines.length > 0 || begins || progress.some(({ turned }) => turned !== undefined)) {
        flushRaised()
        kept.push({ lines, progress: [...unsaid.values(), ...progress] })
        unsaid.clear()
        return said
      }
      for (const word of progress) unsaid.set(word.feed, word)
      if (fold.promised() > promisedBefore) {
        const newest = new Map(raised.map((word) => [word.feed, word]))
        for (const [feed, word] of unsaid) newest.set(feed, word)
        raised = [...newest.values()]
        unsaid.clear()
      }
      return said
    },
    steps() {
      const last = raised.length > 0 ? [{ lines: [], progress: raised }] : []
      const rest = unsaid.size > 0 ? [{ lines: [], progress: [...unsaid.values()] }] : []
      return [...kept, ...last, ...rest]
    },
  }
}
