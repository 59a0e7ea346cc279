/** What an indicator says of one enterprise at one tick. */
export interface Reading {
  /** 0–1000, whole. */
  readonly intensity: number
  readonly measure: string
  readonly evidence: readonly string[]
  /** The first instant after `tick` at which time alone may change this reading; Infinity where never. */
  readonly until: number
}
