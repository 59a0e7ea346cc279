import type { Lifecycle } from '../app/lifecycle.ts'

/** What every benchmark is given. */
export interface BenchContext {
  /** A temporary folder that is removed at the end. */
  readonly folder: string
  readonly policies: string
  /** About how long each measured stretch should take. */
  readonly seconds: number
  /** Rows a second at which latency is measured. */
  readonly rate: number
  /** Everything that is started registers its end here. */
  readonly lifecycle: Lifecycle
  readonly announce: (text: string) => void
  readonly signal: AbortSignal
}

export const SET = 'demo-city'
/** First bar of the paths, observations a second. */
export const PATH_BAR = 20_000
